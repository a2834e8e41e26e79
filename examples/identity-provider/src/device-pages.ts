// The pages of the device code (RFC 8628 3.3): type it in, check that it is yours, and how it ended.
import { html } from "./html.js";
import { messagePage, shell } from "./pages.js";

interface DeviceForm {
  readonly xsrf: string;
}

export interface DeviceCodePage extends DeviceForm {
  readonly userCode: string | undefined;
  readonly failed: boolean;
}

export interface DeviceConfirmPage extends DeviceForm {
  readonly userCode: string;
  readonly clientName: string;
}

export function deviceCodePage({ xsrf, userCode, failed }: DeviceCodePage): string {
  const alert = html`<p class="alert" role="alert" id="code-error">
    That code is not known here, or no longer good. Please look again at your app.
  </p>`;
  return shell(
    "device-code",
    "Sign in an app",
    html`<h1>Sign in an app</h1>
      <p class="lead">Type in the code that the app shows.</p>
      ${failed ? alert : undefined}
      <form method="post" id="device-form">
        <input type="hidden" name="xsrf" value="${xsrf}" />
        <label for="user_code">Code</label>
        <input
          id="user_code"
          name="user_code"
          type="text"
          value="${userCode}"
          autocomplete="off"
          autocapitalize="characters"
          spellcheck="false"
          required
          autofocus
          ${failed ? html`aria-invalid="true" aria-describedby="code-error"` : undefined}
        />
        <div class="actions">
          <button class="primary">Continue</button>
        </div>
      </form>`,
  );
}

export function deviceConfirmPage({ xsrf, userCode, clientName }: DeviceConfirmPage): string {
  return shell(
    "device-confirm",
    `Sign in ${clientName}?`,
    html`<h1>Sign in ${clientName}?</h1>
      <p class="lead">Go on only if the app in front of you shows this code:</p>
      <p class="code"><code>${userCode}</code></p>
      <form method="post" id="device-confirm-form">
        <input type="hidden" name="xsrf" value="${xsrf}" />
        <input type="hidden" name="user_code" value="${userCode}" />
        <div class="actions">
          <button class="primary" name="confirm" value="yes">Continue</button>
          <button name="abort" value="yes">This is not my app</button>
        </div>
      </form>
      <p class="hint">If somebody sent you this code, they could use your account.</p>`,
  );
}

const MESSAGES = {
  allowed: ["The app is signed in", "You can close this page and go back to the app."],
  denied: ["The app is not signed in", "You did not allow it. You can close this page."],
  failed: ["This sign-in cannot go on", "Go back to the app and ask it for a new code."],
} as const;

export function deviceMessagePage(outcome: keyof typeof MESSAGES): string {
  const [title, message] = MESSAGES[outcome];
  return messagePage(title, message, undefined, `device-${outcome}`);
}
