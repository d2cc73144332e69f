/** How a check ended. */
export type FindingStatus = "ok" | "warning" | "failed" | "skipped";

/** What kind of fault a failed check found. */
export type Fault = "input" | "forbidden" | "unreachable" | "other";

/** What a check found out, in words. */
export interface Words {
  /** One line. */
  readonly text: string;
  /** What to do next; may have several lines. */
  readonly advice?: string;
  /** The same for programs: names and numbers. */
  readonly facts?: Readonly<Record<string, unknown>>;
}

/** What a check found out. */
export interface Finding extends Words {
  /** How it ended. */
  readonly status: FindingStatus;
  /** Of a failed check: what kind of fault it is. */
  readonly fault?: Fault;
}

/** What a check found out, and what later checks need of it. */
export interface CheckResult<T> extends Finding {
  /** Absent where later checks that need it make no sense. */
  readonly value?: T;
}

/** An error, told as a finding. */
export interface Explanation extends Words {
  /** What kind of fault it is. */
  readonly fault: Fault;
}
