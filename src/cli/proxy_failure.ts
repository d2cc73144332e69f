import { ReverseProxyError } from "../http/reverse_proxy_error.ts";
import { KubernetesError } from "../kube/status_error.ts";
import { ExitCode } from "./exit_code.ts";
import { describeError } from "./report_error.ts";

/** A failure as the clients of a registry understand it. */
export interface ProxyFailure {
  /** The HTTP status. */
  readonly status: number;
  /** The code of the distribution spec that fits best. */
  readonly code: string;
  /** What is so, with the advice on lines of its own. */
  readonly text: string;
  /** Seconds after which another try makes sense. */
  readonly retryAfter?: number;
}

/** Codes for what the proxy itself refuses. */
const REFUSALS: ReadonlyMap<number, string> = new Map([
  [400, "NAME_INVALID"],
  [403, "DENIED"],
  [408, "BLOB_UPLOAD_INVALID"],
  [503, "UNAVAILABLE"],
]);

/**
 * Says what a client is told about a request that got no answer from the
 * registry. A 401 or 404 of the API server must not look like one of the
 * registry: the client would ask for a login, or take an image for absent.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#error-codes
 */
export function proxyFailure(error: unknown): ProxyFailure {
  if (error instanceof ReverseProxyError) {
    const { status, message } = error;
    const code = REFUSALS.get(status) ?? "UNSUPPORTED";
    return { status, code, text: message };
  }
  const { text: described, exitCode } = describeError(error);
  const text = described.trimEnd();
  if (error instanceof KubernetesError && error.status === 429) {
    const seconds = Math.ceil((error.retryAfter ?? 1000) / 1000);
    return { status: 429, code: "TOOMANYREQUESTS", text, retryAfter: seconds };
  }
  if (exitCode === ExitCode.FORBIDDEN) {
    return { status: 403, code: "DENIED", text };
  }
  if (exitCode === ExitCode.UNREACHABLE) {
    return { status: 503, code: "UNAVAILABLE", text };
  }
  return { status: 502, code: "UNKNOWN", text };
}

/** Makes the answer that tells a client of a failure. */
export function failureAnswer(failure: ProxyFailure): Response {
  const { status, code, text, retryAfter } = failure;
  const [message] = text.split("\n");
  const headers = {
    "docker-distribution-api-version": "registry/2.0",
    ...retryAfter !== undefined && { "retry-after": String(retryAfter) },
  };
  return Response.json({ errors: [{ code, message }] }, { status, headers });
}
