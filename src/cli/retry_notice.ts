import type { RetryEvent } from "../http/backoff.ts";
import type { ProgressDisplay } from "./progress_display.ts";

/** A failure is told from here on: one that the next try mends is no news. */
const FIRST_TOLD_ATTEMPT = 3;

/**
 * Makes a listener that tells the user why nothing moves, once something has
 * failed several times in a row.
 */
export function retryNotice(
  display: ProgressDisplay,
): (event: RetryEvent) => void {
  return ({ attempt, delay, error }) => {
    if (attempt < FIRST_TOLD_ATTEMPT) return;
    const reason = error instanceof Error ? error.message : String(error);
    const [first = ""] = reason.split("\n");
    display.warn(
      `${first}; trying again in ${Math.max(1, Math.round(delay / 1000))} s`,
    );
  };
}
