// Where the person decides: shows the login and consent pages and hands their answers to oidc-provider.
import type { IncomingMessage, ServerResponse } from "node:http";
import type Provider from "oidc-provider";
import type { InteractionResults } from "oidc-provider";
import type { Accounts } from "./accounts.js";
import type { Consents } from "./consents.js";
import { PASSWORD, type ResolvedFeatures, TWO_STEPS } from "./feature-options.js";
import { readForm, sendPage } from "./http.js";
import { acrValuesIn, SECOND_STEP } from "./interaction-policy.js";
import { type AccountOptions, ONE_TIME_CODE } from "./options.js";
import { consentPage, loginPage, messagePage, secondStepPage } from "./pages.js";
import type { Resources } from "./resources.js";

export interface InteractionParts {
  readonly provider: Provider;
  readonly accounts: Accounts;
  readonly consents: Consents;
  readonly resources: Resources;
  readonly features: ResolvedFeatures;
  readonly demo: AccountOptions;
}

type Interaction = Awaited<ReturnType<Provider["interactionDetails"]>>;

/** Answers `/interaction/<uid>`. The uid's own SameSite cookie must come with it, so no other site can post here. */
export async function handleInteraction(
  { provider, accounts, consents, resources, features, demo }: InteractionParts,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const found = await findInteraction(provider, req, res);
  if (found === undefined) return sendPage(res, 400, EXPIRED);
  const interaction = found;
  const params = interaction.params as Record<string, string | undefined>;
  const client = await provider.Client.find(params["client_id"]!);
  const clientName = client?.clientName ?? params["client_id"]!;
  const current = accounts.find(interaction.session?.accountId ?? "");
  const isConsent = interaction.prompt.name === "consent";
  const isSecondStep = interaction.prompt.name === SECOND_STEP;

  if (req.method !== "POST") return show(200);
  const form = await readForm(req);
  const decision = form.get("decision");
  if (decision === "cancel") return refuse("the person cancelled the sign-in");
  if (decision === "deny") return refuse("the person did not allow it");
  if (isConsent) return decision === "allow" ? allow() : show(200);
  if (isSecondStep) return decision === "skip" ? finish({ [SECOND_STEP]: {} }) : confirm();
  if (decision === "continue" && interaction.prompt.name === "select_account" && current !== undefined)
    return finish({ select_account: {} });
  return signIn();

  function signIn() {
    const username = form.get("username") ?? "";
    const accountId = accounts.signIn(username, form.get("password") ?? "");
    if (accountId === undefined) return show(422, { username, failed: true });
    // Without `ts` a later consent would count as the time of the sign-in.
    const login = { accountId, amr: ["pwd"], ts: now(), ...(features.stepUp && { acr: PASSWORD }) };
    return finish({ login, ...(interaction.prompt.name === "select_account" && { select_account: {} }) });
  }

  function confirm() {
    const { accountId } = interaction.session!;
    if (form.get("one_time_code")?.trim() !== oneTimeCodeOf(current)) return show(422, { failed: true });
    const login = { accountId, amr: ["pwd", "otp"], acr: TWO_STEPS, ts: now() };
    return finish({ login, [SECOND_STEP]: {} });
  }

  async function allow() {
    const { accountId } = interaction.session!;
    const clientId = params["client_id"]!;
    const asked = resources.askedIn(interaction.params);
    const ours = scopes().filter((scope) => !resources.scopes.has(scope));
    const grant = new provider.Grant({ accountId, clientId });
    grant.addOIDCScope(ours);
    for (const { indicator, scopes } of asked) grant.addResourceScope(indicator, scopes.join(" "));
    const grantId = await grant.save();
    consents.remember(accountId, clientId, ours, asked);
    return finish({ consent: { grantId } });
  }

  function refuse(description: string) {
    return finish({ error: "access_denied", error_description: description });
  }

  function finish(result: InteractionResults) {
    return provider.interactionFinished(req, res, result);
  }

  function scopes() {
    return (params["scope"] ?? "").split(" ").filter(Boolean);
  }

  function show(status: number, retry?: { username?: string; failed: true }) {
    sendPage(res, status, page(retry), params["redirect_uri"]);
  }

  function page(retry?: { username?: string; failed: true }) {
    if (isConsent) return consentPage({ clientName, person: current!, scopes: scopes() });
    if (isSecondStep) return secondStepPage({ clientName, oneTimeCode: oneTimeCodeOf(current), ...retry });
    const hint = params["login_hint"];
    return loginPage({
      clientName,
      demo,
      ...(hint !== undefined && { username: hint }),
      ...(interaction.prompt.name === "select_account" && { current }),
      stronger: features.stepUp !== undefined && acrValuesIn(params).includes(TWO_STEPS),
      ...retry,
    });
  }
}

function now(): number {
  return Math.floor(Date.now() / 1000);
}

function oneTimeCodeOf(person: AccountOptions | undefined): string {
  return person?.oneTimeCode ?? ONE_TIME_CODE;
}

const EXPIRED = messagePage(
  "This page is no longer valid",
  "Go back to the app and sign in again. You can close this page.",
);

async function findInteraction(
  provider: Provider,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<Interaction | undefined> {
  try {
    const interaction = await provider.interactionDetails(req, res);
    return req.url === `/interaction/${interaction.uid}` ? interaction : undefined;
  } catch {
    // Too old, already answered, or the browser has no cookie for it.
    return undefined;
  }
}
