// A file that is open for one piece of work, over the callbacks of node:fs: node:fs/promises costs a short command ten modules of Node 24.
import { close, fstat, fsync, open, read, write, writeFile, type Stats } from "node:fs";
import { promisify } from "node:util";

/** What its methods do is what those of a `FileHandle` do. */
export interface OpenFile {
  stat(): Promise<Stats>;
  read(buffer: Buffer, offset: number, length: number, position: number): Promise<{ bytesRead: number }>;
  write(text: string): Promise<{ bytesWritten: number }>;
  writeFile(bytes: Buffer): Promise<void>;
  sync(): Promise<void>;
}

/** Opens it (mode 0600, where that makes it), and closes it when `use` has settled: the file is no other's meanwhile. */
export async function withFile<T>(
  path: string,
  flags: string | number,
  use: (file: OpenFile) => Promise<T>,
): Promise<T> {
  const descriptor = await promisify(open)(path, flags, 0o600);
  try {
    return await use({
      stat: () => promisify(fstat)(descriptor),
      read: (...where) => promisify(read)(descriptor, ...where),
      write: (text) => promisify(write)(descriptor, text),
      writeFile: (bytes) => promisify(writeFile)(descriptor, bytes),
      sync: () => promisify(fsync)(descriptor),
    });
  } finally {
    await promisify(close)(descriptor);
  }
}
