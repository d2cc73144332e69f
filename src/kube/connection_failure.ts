import {
  ConnectionError,
  type ConnectionStage,
} from "../http/connection_error.ts";
import { clientCertificateFailure } from "./client_certificate_failure.ts";
import type { Connection } from "./connection.ts";
import { endpointOf, formatEndpoint } from "./endpoint.ts";
import type { ExchangeError } from "./http_connection.ts";
import {
  describeServer,
  describeServerField,
  failureFacts,
  plainReason,
} from "./failure_text.ts";

/** Explains why no TCP connection came about. */
export function dialFailure(
  connection: Connection,
  cause: unknown,
): ConnectionError {
  const proxied = connection.proxy !== undefined;
  const { stage, reason, advice, transient } = explainDial(connection, cause);
  const next = proxied
    ? `Check "proxy-url" in ${connection.origin}, or HTTPS_PROXY and NO_PROXY`
    : advice;
  return new ConnectionError(
    `Cannot reach ${describeServer(connection)}: ${reason}\n${next}`,
    {
      cause,
      address: formatEndpoint(
        endpointOf(connection.proxy ?? connection.server),
      ),
      stage: proxied ? "proxy" : stage,
      transient,
    },
  );
}

/** Explains why a proxy did not open a tunnel. */
export function tunnelFailure(
  connection: Connection,
  cause: Error,
  transient: boolean,
): ConnectionError {
  return new ConnectionError(
    `Cannot reach ${describeServer(connection)}: ${plainReason(cause)}\n` +
      `Check "proxy-url" in ${connection.origin}, or HTTPS_PROXY and NO_PROXY`,
    {
      cause,
      address: formatEndpoint(
        endpointOf(connection.proxy ?? connection.server),
      ),
      stage: "proxy",
      transient,
    },
  );
}

/**
 * Explains the answer that a TLS port gives to plain HTTP, or returns
 * `undefined` for any other answer. A registry behind the API server may give
 * it too, but then the API server has put its `Audit-Id` on it.
 */
export function plainHttpFailure(
  connection: Connection,
  answer: { readonly headers: Headers; readonly text: string },
): ConnectionError | undefined {
  const { headers, text } = answer;
  if (headers.has("audit-id") || !text.startsWith(TLS_WANTED)) return undefined;
  return new ConnectionError(
    `Cannot reach ${describeServer(connection)}: it speaks TLS on this port\n` +
      `Write "https:" in ${describeServerField(connection)}`,
    {
      address: formatEndpoint(endpointOf(connection.server)),
      stage: "tls",
      transient: false,
    },
  );
}

/** What a server of Go says to plain HTTP on a TLS port. */
const TLS_WANTED = "Client sent an HTTP request to an HTTPS server.";

/** Explains why a request that was under way got no whole answer. */
export function transferFailure(
  connection: Connection,
  request: { readonly method: string; readonly url: string },
  cause: ExchangeError,
): ConnectionError {
  const refusal = clientCertificateFailure(connection, cause);
  if (refusal !== undefined) return refusal;
  const { pathname } = new URL(request.url);
  return new ConnectionError(
    `Cannot finish ${request.method} "${pathname}" at ` +
      `${describeServer(connection)}: ${plainReason(cause)}`,
    {
      cause,
      address: formatEndpoint(endpointOf(connection.server)),
      stage: cause.stalled ? "stall" : "transfer",
      transient: true,
    },
  );
}

/** Says that a request must go out again because its credentials were old. */
export function renewedCredentials(connection: Connection): ConnectionError {
  return new ConnectionError(
    `Cannot send to ${describeServer(connection)}: the credentials were no ` +
      "longer accepted, and have been renewed",
    {
      address: formatEndpoint(endpointOf(connection.server)),
      stage: "transfer",
      transient: true,
    },
  );
}

interface DialExplanation {
  readonly stage: ConnectionStage;
  readonly reason: string;
  readonly advice: string;
  readonly transient: boolean;
}

function explainDial(connection: Connection, cause: unknown): DialExplanation {
  const { host } = endpointOf(connection.proxy ?? connection.server);
  const field = describeServerField(connection);
  const { code } = failureFacts(cause);
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return {
        stage: "lookup",
        reason: `the name "${host}" has no address`,
        advice: `Check ${field}, and the DNS of this computer`,
        transient: code === "EAI_AGAIN",
      };
    case "ECONNREFUSED":
      return {
        stage: "connect",
        reason: "the connection was refused",
        advice: `Check that the cluster runs and that ${field} is right`,
        transient: true,
      };
    default:
      return {
        stage: "connect",
        reason: plainReason(cause),
        advice: `Check ${field}, and the network on the way: VPN, firewall`,
        transient: true,
      };
  }
}
