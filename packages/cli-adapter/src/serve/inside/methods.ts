// What each method does: a call of the client, which `initialize` makes: first, and once.
import type { AuthClient, AuthConfig } from "@loopkey/core";
import { abortable } from "../../outcome/abortable.js";
import { PROTOCOL_VERSION, type MakeClient, type Methods } from "../protocol.js";
import { callApi } from "./api-call.js";
import { ProtocolError } from "./failures.js";
import type { Room } from "./room.js";

export interface ClientMethods {
  readonly methods: Omit<Methods, "$/cancelRequest">;
  /** Undefined before `initialize`. */
  readonly client: () => AuthClient | undefined;
}

export function createMethods(
  makeClient: MakeClient,
  version: string,
  room: Room,
  onClient: (client: AuthClient) => void,
): ClientMethods {
  let client: AuthClient | undefined;

  function opened(): AuthClient {
    if (!client) throw new ProtocolError("not_initialized", 'Send "initialize" first.');
    return client;
  }

  return {
    client: () => client,
    methods: {
      async initialize(app, signal) {
        if (client) throw new ProtocolError("already_initialized", '"initialize" was sent before.');
        client = makeClient(app, app.config as unknown as AuthConfig);
        onClient(client);
        const state = await abortable(client.ready(), signal);
        return { protocolVersion: PROTOCOL_VERSION, server: { name: "loopkey", version }, state };
      },
      signIn: async (options, signal) => opened().signIn({ ...options, signal }),
      async cancel() {
        opened().cancel();
        return null;
      },
      async submitRedirect({ url }) {
        opened().submitRedirect(url);
        return null;
      },
      async useDeviceCode() {
        opened().useDeviceCode();
        return null;
      },
      getState: async () => opened().getState(),
      async getAccessToken(options, signal) {
        const accessToken = await opened().getAccessToken({ ...options, signal });
        const isOwn = options.resource === undefined && options.scope === undefined;
        const state = opened().getState();
        // That of another API's is not told.
        const session = isOwn && "session" in state ? state.session : undefined;
        return { accessToken, expiresAt: session?.accessTokenExpiresAt ?? null };
      },
      fetch: async (params, signal) => callApi(opened(), params, signal, room),
      userInfo: async (_, signal) => abortable(opened().userInfo(), signal),
      signOut: async (options, signal) => opened().signOut({ ...options, signal }),
    },
  };
}
