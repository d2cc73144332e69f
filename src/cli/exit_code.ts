/** What the program's exit code says. */
export const ExitCode = {
  /** Done. */
  OK: 0,
  /** Failed. */
  FAILED: 1,
  /** Wrong usage or input. */
  USAGE: 2,
  /** Not allowed. */
  FORBIDDEN: 3,
  /** Cluster, Pod or registry out of reach. */
  UNREACHABLE: 4,
  /** Interrupted. */
  INTERRUPTED: 130,
} as const;

/** One of {@linkcode ExitCode}. */
export type ExitCode = typeof ExitCode[keyof typeof ExitCode];
