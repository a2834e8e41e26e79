// The secret of an encrypted file, and who gives it: the app, or the environment (from-environment.ts).

/** What the file is encrypted under: words a person knows, or 32 random bytes. */
export type FileSecret = { readonly passphrase: string } | { readonly key: Uint8Array };

/** Asked at the first need, and again after the file did not open with what it gave. */
export type SecretSource = () => Promise<FileSecret>;

export const KEY_LENGTH = 32;
