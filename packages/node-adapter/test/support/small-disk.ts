// Real file systems that are small enough to be filled: for root on Linux alone.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, closeSync, openSync, statfsSync, writeSync, writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";

export type SmallDisk = "tmpfs" | "ext4";

const MOUNTS: Readonly<Record<SmallDisk, (folder: string) => void>> = {
  tmpfs: (folder) => run("mount", "-t", "tmpfs", "-o", "size=512k,nr_inodes=40", "tmpfs", folder),
  ext4(folder) {
    const image = `${folder}.img`;
    writeFileSync(image, Buffer.alloc(4 * 1024 * 1024));
    // No blocks reserved for root, as we are.
    run("mkfs.ext4", "-q", "-m", "0", "-N", "64", image);
    run("mount", "-o", "loop", image, folder);
  },
};

/** Whether this machine can mount one; a container may not. */
export const canMount: Readonly<Record<SmallDisk, boolean>> = { tmpfs: tries("tmpfs"), ext4: tries("ext4") };

/** A folder on a file system of its own, unmounted after the test. */
export async function mountSmallDisk(kind: SmallDisk): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-disk-"));
  MOUNTS[kind](folder);
  chmodSync(folder, 0o700);
  onTestFinished(async () => {
    run("umount", "--lazy", folder);
    await rm(folder, { recursive: true, force: true });
    await rm(`${folder}.img`, { force: true });
  });
  return folder;
}

/** Writes into one file until there is no room left, to the last byte that it takes. */
export function fillBytes(folder: string): void {
  const file = openSync(join(folder, "filler"), "w");
  for (let size = 65_536; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (;;) writeSync(file, Buffer.alloc(size, "x"));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
    }
  }
  closeSync(file);
}

/** Makes empty files until there is no inode left. */
export function fillInodes(folder: string): void {
  for (let left = statfsSync(folder).ffree; left > 0; left--)
    writeFileSync(join(folder, `inode-${left}`), "");
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ["ignore", "ignore", "pipe"] });
}

function tries(kind: SmallDisk): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  const command =
    kind === "tmpfs"
      ? "d=$(mktemp -d) && mount -t tmpfs tmpfs $d && umount $d && rmdir $d"
      : "d=$(mktemp) && truncate -s 4M $d && mkfs.ext4 -q $d && mkdir $d.d && mount -o loop $d $d.d && umount $d.d && rm -r $d $d.d";
  return spawnSync("sh", ["-c", command], { stdio: "ignore" }).status === 0;
}
