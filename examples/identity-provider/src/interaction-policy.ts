// When a person is asked what: the prompts of oidc-provider, changed to Wacht's habits, and the second step.
import type { KoaContextWithOIDC } from "oidc-provider";
import { UnmetAuthenticationRequirements } from "oidc-provider/lib/helpers/errors.js";
import { base, Check, Prompt } from "oidc-provider/lib/helpers/interaction_policy/index.js";
import { PASSWORD, type ResolvedFeatures, TWO_STEPS } from "./feature-options.js";

export const SECOND_STEP = "second_step";

export function createPolicy({ stepUp }: ResolvedFeatures) {
  const policy = base();
  // It would ask native clients for consent every time.
  policy.get("consent")!.checks.remove("native_client_prompt");
  if (stepUp !== undefined) policy.add(createSecondStep(), 1);
  policy.add(new Prompt({ name: "select_account", requestable: true }), 0);
  return policy;
}

/** After the password, when `acr_values` asks for more than it gives. */
function createSecondStep() {
  const check = new Check("acr", "a stronger sign-in is required", ({ oidc }: KoaContextWithOIDC) => {
    const asked = acrValuesIn(oidc.params);
    if (asked.length === 0 || asked.includes(oidc.acr)) return Check.NO_NEED_TO_PROMPT;
    if (!asked.includes(TWO_STEPS) && !asked.includes(PASSWORD))
      throw new UnmetAuthenticationRequirements("no such sign-in is known here");
    // Skipped: acr_values is a wish (OpenID Connect Core 3.1.2.1), and the ID token says what came of it.
    return oidc.result?.[SECOND_STEP] === undefined ? Check.REQUEST_PROMPT : Check.NO_NEED_TO_PROMPT;
  });
  return new Prompt({ name: SECOND_STEP }, check);
}

export function acrValuesIn(params: Readonly<Record<string, unknown>> | undefined): readonly string[] {
  const values = params?.["acr_values"];
  return typeof values === "string" ? values.split(" ").filter(Boolean) : [];
}
