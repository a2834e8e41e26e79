// A look at what was done elsewhere, beside a state that goes on meanwhile: the last one that was asked for counts.

export interface Review<Found> {
  /** Calls the listener each time somebody asks for a look. */
  readonly receive: (listener: () => void) => void;
  readonly read: (signal: AbortSignal) => Promise<Found>;
  /** What was found; undefined where the store does not say. */
  readonly tell: (found: Found | undefined) => void;
  /** The state was left before the look came to anything. */
  readonly onGivenUp: () => void;
}

/** A later look takes the place of one that is under way. Returns what ends it. */
export function review<Found>({ receive, read, tell, onGivenUp }: Review<Found>): () => void {
  let looking: AbortController | undefined;
  const giveUp = (): void => looking?.abort(new Error("The look is not needed any more"));
  receive(() => {
    giveUp();
    const look = new AbortController();
    looking = look;
    const told = (found: Found | undefined): void => {
      if (looking !== look) return;
      looking = undefined;
      tell(found);
    };
    read(look.signal).then(told, () => told(undefined));
  });
  return () => {
    if (!looking) return;
    giveUp();
    looking = undefined;
    onGivenUp();
  };
}
