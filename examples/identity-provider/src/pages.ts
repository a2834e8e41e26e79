// The pages a person sees here: sign in, allow an app, and short messages. No scripts, nothing from elsewhere.
import { Html, html } from "./html.js";
import type { AccountOptions } from "./options.js";
import { STYLE } from "./page-style.js";

export interface LoginPage {
  readonly clientName: string;
  readonly username?: string;
  readonly failed?: boolean;
  /** The account named in the hint below the form. */
  readonly demo: AccountOptions;
  /** Who is signed in already and may go on without a password (`prompt=select_account`). */
  readonly current?: AccountOptions | undefined;
  /** A second step will follow. */
  readonly stronger?: boolean;
}

export interface SecondStepPage {
  readonly clientName: string;
  readonly failed?: boolean;
  /** Named in the hint below the form. */
  readonly oneTimeCode: string;
}

export interface ConsentPage {
  readonly clientName: string;
  readonly person: AccountOptions;
  readonly scopes: readonly string[];
}

const SCOPES: Record<string, string> = {
  openid: "Know that it is you",
  profile: "See your name and username",
  email: "See your email address",
  offline_access: "Keep you signed in after you close it",
  "notes:read": "Read your notes",
  "vault:read": "Look into your vault",
};

export function loginPage(page: LoginPage): string {
  const { clientName, username, failed = false, demo, current, stronger = false } = page;
  const alert = html`<p class="alert" role="alert" id="login-error">
    That username and password do not match. Please try again.
  </p>`;
  const invalid = failed ? html` aria-invalid="true" aria-describedby="login-error"` : undefined;
  return shell(
    "login",
    "Sign in",
    html`<h1>Sign in</h1>
      <p class="lead">to continue to <strong>${clientName}</strong></p>
      ${stronger ? html`<p class="lead">It asks for a stronger sign-in: a second step follows.</p>` : undefined}
      ${current && currentAccount(current)} ${failed ? alert : undefined}
      <form method="post" id="login-form">
        <label for="username">Username</label>
        <input
          id="username"
          name="username"
          type="text"
          value="${username}"
          autocomplete="username"
          autocapitalize="none"
          spellcheck="false"
          required
          ${username === undefined ? html`autofocus` : undefined}
          ${invalid}
        />
        <label for="password">Password</label>
        <input
          id="password"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          ${username === undefined ? undefined : html`autofocus`}
          ${invalid}
        />
        <div class="actions">
          <button class="primary" name="decision" value="sign-in">Sign in</button>
          <button name="decision" value="cancel" formnovalidate>Cancel</button>
        </div>
      </form>
      <p class="hint">
        Demo account: <code>${demo.username}</code> with password <code>${demo.password}</code>
      </p>`,
  );
}

function currentAccount(person: AccountOptions): Html {
  return html`<form method="post" id="current-form">
      <button class="account" name="decision" value="continue">
        ${avatar(person)}<span>Continue as ${person.name}<small>${person.email}</small></span>
      </button>
    </form>
    <p class="divider">or use another account</p>`;
}

export function consentPage({ clientName, person, scopes }: ConsentPage): string {
  return shell(
    "consent",
    `Allow ${clientName}?`,
    html`<h1>Allow ${clientName}?</h1>
      <p class="account">
        ${avatar(person)}<span>${person.name}<small>${person.email}</small></span>
      </p>
      <p class="lead">The app asks to:</p>
      <ul>
        ${scopes.map((scope) => html`<li>${TICK}${SCOPES[scope] ?? scope}</li>`)}
      </ul>
      <form method="post" id="consent-form">
        <div class="actions">
          <button class="primary" name="decision" value="allow">Allow</button>
          <button name="decision" value="deny">Deny</button>
        </div>
      </form>
      <p class="hint">Allow this only if you have just started to sign in from an app on this computer.</p>`,
  );
}

export function secondStepPage({ clientName, failed = false, oneTimeCode }: SecondStepPage): string {
  const alert = html`<p class="alert" role="alert" id="code-error">
    That is not the code. Please try again.
  </p>`;
  return shell(
    "second-step",
    "Confirm that it is you",
    html`<h1>Confirm that it is you</h1>
      <p class="lead">
        <strong>${clientName}</strong> asks for a stronger sign-in. Type in your one-time code.
      </p>
      ${failed ? alert : undefined}
      <form method="post" id="second-step-form">
        <label for="one_time_code">One-time code</label>
        <input
          id="one_time_code"
          name="one_time_code"
          type="text"
          inputmode="numeric"
          autocomplete="one-time-code"
          required
          autofocus
          ${failed ? html`aria-invalid="true" aria-describedby="code-error"` : undefined}
        />
        <div class="actions">
          <button class="primary" name="decision" value="confirm">Confirm</button>
          <button name="decision" value="skip" formnovalidate>Go on without</button>
          <button name="decision" value="cancel" formnovalidate>Cancel</button>
        </div>
      </form>
      <p class="hint">Demo code: <code>${oneTimeCode}</code></p>`,
  );
}

/** @param page what it is called for scripts that read it */
export function messagePage(title: string, message: string, code?: string, page = "message"): string {
  return shell(
    page,
    title,
    html`<h1>${title}</h1>
      <p class="lead">${message}</p>
      ${code === undefined ? undefined : html`<p class="hint"><code>${code}</code></p>`}`,
  );
}

const MARK = html`<svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
  <path d="M16 3 5 7.2v8.3c0 6.6 4.6 11.3 11 13.5 6.4-2.2 11-6.9 11-13.5V7.2z" fill="currentColor" />
  <path
    d="M10.8 16.2l3.7 3.7 6.9-7.4"
    fill="none"
    stroke="#fff"
    stroke-width="2.6"
    stroke-linecap="round"
    stroke-linejoin="round"
  />
</svg>`;

const TICK = html`<svg viewBox="0 0 20 20" aria-hidden="true">
  <path
    d="M4.5 10.5l3.6 3.6 7.4-8"
    fill="none"
    stroke="currentColor"
    stroke-width="2.2"
    stroke-linecap="round"
    stroke-linejoin="round"
  />
</svg>`;

function avatar({ name }: AccountOptions): Html {
  return html`<span class="avatar" aria-hidden="true">${name.slice(0, 1)}</span>`;
}

export function shell(page: string, title: string, content: Html): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>${title} - Example ID</title>
        <link rel="icon" href="data:," />
        ${new Html(`<style>${STYLE}</style>`)}
      </head>
      <body data-page="${page}">
        <main>
          <p class="brand">${MARK}Example ID</p>
          ${content}
        </main>
      </body>
    </html>`.text;
}
