import type { Explanation, Fault } from "../cluster/doctor_finding.ts";
import { ExitCode } from "./exit_code.ts";
import { explainError } from "./report_error.ts";

/**
 * Tells an error as a finding, in the words that any other command has for it,
 * but for the hop at their beginning: the check names it.
 */
export function explainFailure(error: unknown): Explanation {
  const { problem, advice, exitCode } = explainError(error);
  return {
    text: problem,
    ...advice.length > 0 && { advice: advice.join("\n") },
    fault: faultOf(exitCode),
  };
}

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
