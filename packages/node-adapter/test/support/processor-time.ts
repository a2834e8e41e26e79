// What something costs, where that is the promise: time of this process on the processor, which no other program on the machine adds to.

/** In milliseconds. */
export async function processorMs(task: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await task();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
