// `safeStorage` with a key of its own for each backend and each name of the app, as systems have them.
import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";
import type { SafeStorage } from "electron/main";

export type Backend = ReturnType<SafeStorage["getSelectedStorageBackend"]>;

export interface DoubleSafeStorageOptions {
  readonly isReady: () => boolean;
  readonly appName: () => string;
}

/** `basic_text` writes `v10`, under a key that is in every binary; the others `v11`. */
export class DoubleSafeStorage implements Pick<
  SafeStorage,
  | "isEncryptionAvailable"
  | "encryptString"
  | "decryptString"
  | "getSelectedStorageBackend"
  | "isAsyncEncryptionAvailable"
  | "encryptStringAsync"
  | "decryptStringAsync"
> {
  /** Which one the system has chosen this time. */
  backend: Backend = "gnome_libsecret";
  isAvailable = true;
  /** The system's key has been renewed: what the old one wrote still opens, and wants to be written anew. */
  shouldReEncrypt = false;
  /** How often each kind of call was made. */
  readonly calls = { synchronous: 0, asynchronous: 0 };
  readonly #options: DoubleSafeStorageOptions;

  constructor(options: DoubleSafeStorageOptions) {
    this.#options = options;
  }

  isEncryptionAvailable(): boolean {
    this.calls.synchronous++;
    this.#assertReady();
    return this.isAvailable;
  }

  getSelectedStorageBackend(): Backend {
    return this.#options.isReady() ? this.backend : "unknown";
  }

  encryptString(plainText: string): Buffer {
    this.calls.synchronous++;
    return this.#encrypt(plainText);
  }

  decryptString(encrypted: Buffer): string {
    this.calls.synchronous++;
    return this.#decrypt(encrypted);
  }

  async isAsyncEncryptionAvailable(): Promise<boolean> {
    this.calls.asynchronous++;
    await Promise.resolve();
    return this.isAvailable;
  }

  async encryptStringAsync(plainText: string): Promise<Buffer> {
    this.calls.asynchronous++;
    await Promise.resolve();
    return this.#encrypt(plainText);
  }

  async decryptStringAsync(encrypted: Buffer): Promise<{ shouldReEncrypt: boolean; result: string }> {
    this.calls.asynchronous++;
    await Promise.resolve();
    return { result: this.#decrypt(encrypted), shouldReEncrypt: this.shouldReEncrypt };
  }

  #encrypt(plainText: string): Buffer {
    this.#assertReady();
    if (!this.isAvailable)
      throw new Error("Error while encrypting the text provided to safeStorage.encryptString.");
    const nonce = randomBytes(12);
    const cipher = createCipheriv("aes-256-gcm", this.#key(), nonce);
    const body = Buffer.concat([cipher.update(plainText, "utf8"), cipher.final()]);
    return Buffer.concat([Buffer.from(this.#prefix()), nonce, cipher.getAuthTag(), body]);
  }

  #decrypt(encrypted: Buffer): string {
    this.#assertReady();
    const failed = new Error("Error while decrypting the ciphertext provided to safeStorage.decryptString.");
    if (encrypted.subarray(0, 3).toString() !== this.#prefix()) throw failed;
    const decipher = createDecipheriv("aes-256-gcm", this.#key(), encrypted.subarray(3, 15));
    decipher.setAuthTag(encrypted.subarray(15, 31));
    try {
      return Buffer.concat([decipher.update(encrypted.subarray(31)), decipher.final()]).toString("utf8");
    } catch {
      throw failed;
    }
  }

  #prefix(): string {
    return this.backend === "basic_text" ? "v10" : "v11";
  }

  #key(): Buffer {
    const name = this.backend === "basic_text" ? "everybody" : this.#options.appName();
    return createHash("sha256").update(`${this.backend}:${name}`).digest();
  }

  #assertReady(): void {
    if (!this.#options.isReady()) throw new Error("safeStorage cannot be used before app is ready");
  }
}
