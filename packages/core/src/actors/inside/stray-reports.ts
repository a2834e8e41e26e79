// Strays are told one by one while they are few. A flood must not fill the app's log, or keep the machine busy.
import type { StrayReason, StrayRequest } from "../../ports/ports.js";

const ONE_BY_ONE = 10;

/** Passes on the first ten of each reason; then the 100th, the 1,000th and so on, with how many there were. */
export function thinOut(onStray: (stray: StrayRequest) => void): (stray: StrayRequest) => void {
  const counts = new Map<StrayReason, number>();
  return (stray) => {
    const { reason } = stray;
    const count = (counts.get(reason) ?? 0) + 1;
    counts.set(reason, count);
    if (count <= ONE_BY_ONE) onStray(stray);
    else if (/^10+$/.test(String(count))) onStray({ reason, detail: `${count} so far` });
  };
}
