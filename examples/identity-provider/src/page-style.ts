// The one style sheet of all pages; its hash is in the content security policy.

export const STYLE = `
:root {
  color-scheme: light dark;
  --page: #f3f4f8; --glow: #e3e7fb; --card: #fff; --edge: #e2e5ee; --field: #fff; --line: #878ea3;
  --text: #161a26; --soft: #555d73; --accent: #3d4fd6; --accent-hover: #3140b4; --on-accent: #fff;
  --quiet: #eef0f6; --quiet-hover: #e3e6ef; --bad: #a3202b; --bad-back: #fdeeee; --bad-edge: #f3c9cb;
  --mark: #4456e0; --shadow: 0 1px 2px rgb(20 26 50 / .06), 0 12px 36px rgb(20 26 50 / .10);
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #0e1018; --glow: #1b2042; --card: #171a25; --edge: #2a2f40; --field: #10131c; --line: #6b7390;
    --text: #eceef5; --soft: #a6adc2; --accent: #8c9bff; --accent-hover: #a5b1ff; --on-accent: #10142b;
    --quiet: #242939; --quiet-hover: #2e3448; --bad: #ffb4b4; --bad-back: #33191d; --bad-edge: #5e2a31;
    --mark: #5d6ff2; --shadow: 0 1px 2px rgb(0 0 0 / .4), 0 16px 48px rgb(0 0 0 / .45);
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; min-height: 100vh; min-height: 100svh; display: grid; place-items: center; padding: 24px 16px;
  background: radial-gradient(60rem 32rem at 50% -8rem, var(--glow), transparent) var(--page);
  color: var(--text); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
}
main {
  width: 100%; max-width: 416px; padding: 36px; background: var(--card); border: 1px solid var(--edge);
  border-radius: 20px; box-shadow: var(--shadow); overflow-wrap: anywhere;
}
p, h1, ul { margin: 0; }
.brand { display: flex; align-items: center; gap: 10px; margin-bottom: 28px; font-weight: 600; letter-spacing: -.01em; }
.mark { width: 30px; height: 30px; color: var(--mark); }
h1 { font-size: 1.625rem; line-height: 1.2; font-weight: 650; letter-spacing: -.02em; }
.lead { margin-top: 6px; color: var(--soft); }
.lead strong { color: var(--text); font-weight: 600; }
label { display: block; margin: 20px 0 6px; font-size: .9375rem; font-weight: 550; }
input {
  width: 100%; height: 46px; padding: 0 14px; font: inherit; color: inherit; background: var(--field);
  border: 1px solid var(--line); border-radius: 10px;
}
input[aria-invalid] { border-color: var(--bad); }
:focus-visible { outline: 3px solid color-mix(in srgb, var(--accent) 45%, transparent); outline-offset: 2px; }
input:focus-visible { outline-offset: 0; border-color: var(--accent); }
.actions { display: grid; gap: 10px; margin-top: 28px; }
button {
  min-height: 46px; padding: 8px 16px; font: inherit; font-weight: 600; color: inherit; cursor: pointer;
  background: var(--quiet); border: 0; border-radius: 10px;
}
button:hover { background: var(--quiet-hover); }
button.primary { background: var(--accent); color: var(--on-accent); }
button.primary:hover { background: var(--accent-hover); }
.account {
  display: flex; align-items: center; gap: 12px; width: 100%; margin-top: 20px; padding: 12px 14px; text-align: left;
  background: none; border: 1px solid var(--edge); border-radius: 12px; font-weight: 550; line-height: 1.35;
}
.account small { display: block; font-size: .875rem; font-weight: 400; color: var(--soft); }
.avatar {
  flex: none; display: grid; place-items: center; width: 38px; height: 38px; border-radius: 50%;
  background: var(--accent); color: var(--on-accent); font-weight: 650;
}
.account + .lead { margin-top: 20px; }
ul { margin-top: 10px; padding: 0; list-style: none; display: grid; gap: 10px; }
li { display: flex; gap: 10px; }
li svg { flex: none; width: 20px; height: 20px; margin-top: 2px; color: var(--accent); }
.divider { display: flex; align-items: center; gap: 12px; margin-top: 24px; color: var(--soft); font-size: .875rem; }
.divider::before, .divider::after { content: ""; flex: 1; border-top: 1px solid var(--edge); }
.alert {
  margin-top: 20px; padding: 11px 14px; font-size: .9375rem; color: var(--bad); background: var(--bad-back);
  border: 1px solid var(--bad-edge); border-radius: 10px;
}
.hint { margin-top: 24px; padding-top: 18px; border-top: 1px solid var(--edge); font-size: .875rem; color: var(--soft); }
.code { margin-top: 20px; text-align: center; font-size: 1.5rem; }
code {
  padding: 2px 6px; font: .875em ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; color: var(--text);
  background: var(--quiet); border-radius: 6px;
}
@media (max-width: 440px) { main { padding: 28px 22px; border-radius: 16px; } }
`;
