import type { Explanation, Fault } from "../cluster/doctor_finding.ts";
import { KubernetesError } from "../kube/status_error.ts";
import { RegistryError } from "../registry/registry_error.ts";
import { ExitCode } from "./exit_code.ts";
import { explainError } from "./report_error.ts";

/**
 * Tells an error as a finding, in the words that any other command has for it,
 * but for the hop at their beginning: the check names it.
 */
export function explainFailure(error: unknown): Explanation {
  const { problem, advice, exitCode } = explainError(error);
  const lines = [...advice, ...isTooMuch(error) ? [PATIENCE] : []];
  return {
    text: problem,
    ...lines.length > 0 && { advice: lines.join("\n") },
    fault: faultOf(exitCode),
  };
}

/** What doctor asks once, a push asks again. */
const PATIENCE =
  "A push waits and tries again; it asks for less with --polite, --limit-rate or fewer --jobs";

/** @see https://www.rfc-editor.org/rfc/rfc6585#section-4 */
function isTooMuch(error: unknown): boolean {
  return (error instanceof RegistryError || error instanceof KubernetesError) &&
    error.status === 429;
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
