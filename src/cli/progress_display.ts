import type { CopyListener } from "../content/copy_event.ts";

/** What a command tells its user beside the result, on standard error. */
export interface ProgressDisplay {
  /** Shows what happens during a copy. */
  readonly onEvent: CopyListener;
  /** Prints something good to know. */
  note(message: string): void;
  /** Prints something that may be wrong. */
  warn(message: string): void;
  /** Prints a line about an HTTP exchange. */
  trace(message: string): void;
  /** Stops timers and takes away what is redrawn. */
  close(): void;
}
