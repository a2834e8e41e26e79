// What all parts stand on: a keyring on a D-Bus session of its own, servers, and a folder that goes away.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { openKeyringSession } from "@loopkey/torture/keyring-session";
import { makeCertificate } from "../server/certificate.js";
import { startTokenServer, type TokenServer } from "../server/server.js";
import type { Transport } from "../run/results.js";

export interface Place {
  readonly transport: Transport;
  /** Its tokens are good for a minute: a command takes them for expired. */
  readonly expiring: TokenServer;
  /** Its tokens are good for a day. */
  readonly lasting: TokenServer;
}

export interface World {
  readonly env: NodeJS.ProcessEnv;
  readonly folder: string;
  readonly places: readonly Place[];
  close(): Promise<void>;
}

const EXPIRING_SECONDS = 60;
const LASTING_SECONDS = 86_400;
const ROUND_TRIP_MS = 50;

export async function createWorld(transports: readonly Transport[]): Promise<World> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-benchmark-"));
  const keyring = await openKeyringSession();
  await keyring.start("unlocked");
  const certificate = await makeCertificate(folder);
  const tls = { ...certificate, roundTripMs: ROUND_TRIP_MS };
  const places = await Promise.all(
    transports.map(async (transport): Promise<Place> => {
      const options = transport === "http" ? {} : { tls };
      const [expiring, lasting] = await Promise.all(
        [EXPIRING_SECONDS, LASTING_SECONDS].map((tokenSeconds) =>
          startTokenServer({ ...options, tokenSeconds }),
        ),
      );
      return { transport, expiring: expiring!, lasting: lasting! };
    }),
  );
  const browser = fileURLToPath(new URL("../../dist/programs/browser.js", import.meta.url));
  return {
    folder,
    places,
    env: {
      ...keyring.env,
      XDG_CONFIG_HOME: join(folder, "config"),
      XDG_STATE_HOME: join(folder, "state"),
      NODE_EXTRA_CA_CERTS: certificate.file,
      BROWSER: `"${process.execPath}" "${browser}" %s`,
    },
    async close() {
      await Promise.all(places.flatMap(({ expiring, lasting }) => [expiring.stop(), lasting.stop()]));
      await keyring.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}
