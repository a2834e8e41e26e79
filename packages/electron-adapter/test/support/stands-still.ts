// Waits for something to come to rest, in turns of the event loop and not in time.

/** The value once nothing moves it any more. */
export async function standsStill(read: () => number): Promise<number> {
  let before = -1;
  while (read() !== before) {
    before = read();
    for (let turn = 0; turn < 200; turn++)
      // oxlint-disable-next-line no-await-in-loop
      await new Promise((resolve) => setImmediate(resolve));
  }
  return before;
}
