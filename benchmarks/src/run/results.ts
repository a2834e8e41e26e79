// What a run brings: rows, with a series of values for each contender.

export type Transport = "http" | "TLS, 50 ms";

export interface Series {
  readonly contender: string;
  /** One a round; all series of a row have the same rounds. */
  readonly values: readonly number[];
  /** What else was seen: requests, who was served. */
  readonly note?: string;
}

export interface Row {
  readonly part: string;
  readonly title: string;
  readonly unit: "ms" | "MB";
  /** The version of Node it ran on. */
  readonly node: string;
  readonly transport?: Transport;
  /** The contender that the others are measured against. */
  readonly base: string;
  /** Ours, that the others are compared with. @default Loopkey */
  readonly own?: string;
  readonly series: readonly Series[];
}

export interface Install {
  readonly name: string;
  readonly packages: number;
  /** In blocks, as `du` counts. */
  readonly diskBytes: number;
  readonly bytes: number;
  /** Of those, source maps, and sources that a map or a `src` folder ships. */
  readonly mapBytes: number;
  readonly sourceBytes: number;
}

export interface Results {
  /** Of the newest part. */
  readonly date: string;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly rows: readonly Row[];
  readonly installs: readonly Install[];
}
