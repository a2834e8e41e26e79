// An OpenAuth issuer with its own password pages, in a process of its own: it writes to the console with every request.
// Arguments: the port, the password of both accounts, the e-mail address it admits, and the one it does not.
import { serve } from "@hono/node-server";
import { issuer } from "@openauthjs/openauth";
import { OauthError } from "@openauthjs/openauth/error";
import { PasswordProvider, ScryptHasher } from "@openauthjs/openauth/provider/password";
import { MemoryStorage } from "@openauthjs/openauth/storage/memory";
import { Storage } from "@openauthjs/openauth/storage/storage";
import { createSubjects } from "@openauthjs/openauth/subject";
import { PasswordUI } from "@openauthjs/openauth/ui/password";

const [port, password, admitted, refused] = process.argv.slice(2) as [string, string, string, string];

const person = {
  "~standard": {
    version: 1 as const,
    vendor: "loopkey",
    validate: (value: unknown) => ({ value: value as { readonly email: string } }),
  },
};

const storage = MemoryStorage();
for (const email of [admitted, refused]) {
  // oxlint-disable-next-line no-await-in-loop
  await Storage.set(storage, ["email", email, "password"], await ScryptHasher().hash(password));
}

const app = issuer({
  storage,
  subjects: createSubjects({ person }),
  providers: { password: PasswordProvider(PasswordUI({ sendCode: async () => {} })) },
  // As it comes, a spent refresh token works for another minute.
  ttl: { reuse: 0 },
  allow: async ({ clientID, redirectURI }) =>
    clientID === "loopkey" && /^http:\/\/127\.0\.0\.1:\d+\/callback$/.test(redirectURI),
  async success(context, { email }) {
    if (email === refused) throw new OauthError("access_denied", "This account may not use the app");
    return context.subject("person", { email }, { subject: email });
  },
});
serve({ fetch: app.fetch, hostname: "127.0.0.1", port: Number(port) });
