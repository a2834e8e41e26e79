// What the process was told when it was started, or what stands for it in a test.

/** Variables of the environment, by name: `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;
