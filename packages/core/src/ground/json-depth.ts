// How deep JSON goes. Whatever shows or copies a value (JSON.stringify, structured clone) calls itself for each level, and a
// few thousand of them are the end of the stack: in the app's process, wherever it looks at the value.

/** Far more than any claim needs. */
const DEEPEST = 100;

/** Whether a value is nested so deeply that nobody should be handed it. Does not call itself. */
export function isTooDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= DEEPEST && level.length > 0; depth++) {
    level = level.flatMap((each) => (typeof each === "object" && each !== null ? Object.values(each) : []));
  }
  return level.length > 0;
}
