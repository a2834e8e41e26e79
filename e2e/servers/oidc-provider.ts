// oidc-provider, as the example identity provider configures it: the one server here whose configuration is ours.
import { startIdentityProvider } from "@loopkey/example-identity-provider";
import { fillIn } from "./html-form.js";
import type { KnownServer } from "./server.js";

export const oidcProvider: KnownServer = {
  name: "oidc-provider",
  async start() {
    const provider = await startIdentityProvider();
    const { issuer, clientId, account } = provider;
    return {
      origin: issuer,
      config: { issuer, clientId },
      account,
      answerPage(page, { username, password, consent }) {
        if (page.html.includes('data-page="login"'))
          return fillIn(page, { username, password: password(), decision: "sign-in" });
        if (page.html.includes('data-page="consent"'))
          return fillIn(page, { decision: consent === "allow" ? "allow" : "deny" });
        return undefined;
      },
      stop: () => provider.close(),
    };
  },
};
