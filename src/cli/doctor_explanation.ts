import type { Explanation, Fault } from "../cluster/doctor_finding.ts";
import { ExitCode } from "./exit_code.ts";
import { describeError } from "./report_error.ts";

/**
 * Tells an error as a finding, in the words that any other command has for it,
 * but for the hop at their beginning: the check names it.
 */
export function explainFailure(error: unknown): Explanation {
  const { text, exitCode } = describeError(error);
  const [first = "", ...more] = text.trimEnd().split("\n");
  return {
    text: first.replace(HOP, ""),
    ...more.length > 0 && { advice: more.join("\n") },
    fault: faultOf(exitCode),
  };
}

/** What every message of the program begins with. */
const HOP = /^error[^:"]*: /;

function faultOf(exitCode: ExitCode): Fault {
  switch (exitCode) {
    case ExitCode.USAGE:
      return "input";
    case ExitCode.FORBIDDEN:
      return "forbidden";
    case ExitCode.UNREACHABLE:
      return "unreachable";
    default:
      return "other";
  }
}
