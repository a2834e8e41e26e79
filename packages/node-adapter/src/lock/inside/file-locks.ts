// What a lock of a file is made of.

/** Locks of the kernel that belong to an open file, and end with it: nothing is left of a process that died. */
export interface FileLocks {
  /** Locks the file for this descriptor alone; false when another has it. Never waits. */
  tryLock(fd: number): boolean;
  unlock(fd: number): void;
}
