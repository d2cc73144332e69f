import project from "../../deno.json" with { type: "json" };
import { ConnectionError } from "../http/connection_error.ts";
import type { Transport } from "../http/transport.ts";
import { parseCertificates } from "../kube/client_certificate.ts";
import {
  type ClusterTransport,
  clusterTransport,
} from "../kube/cluster_transport.ts";
import type { Connection } from "../kube/connection.ts";
import { ANONYMOUS } from "../kube/credential_provider.ts";
import { failureFacts, plainReason } from "../kube/failure_text.ts";
import { failureReason, type KubeHost } from "../kube/kube_host.ts";
import { selectProxy } from "../kube/proxy_settings.ts";
import { publicAuthorities } from "../kube/public_authorities.ts";
import { isCertificateFailure } from "../kube/tls_failure.ts";
import { RegistryConnectionError } from "../registry/registry_connection_error.ts";
import { UsageError } from "./usage_error.ts";

/** Options for {@linkcode openExternalTransport}. */
export interface ExternalTransportOptions {
  /** The machine whose environment names proxies and authorities. */
  readonly host: KubeHost;
  /** Milliseconds without a byte after which a request has failed. */
  readonly stallTimeout: number;
}

/** The way to hosts outside of the cluster; closed by `using`. */
export interface ExternalTransport extends Disposable {
  /** Sends requests wherever their URLs lead; nobody's credentials are added. */
  readonly transport: Transport;
}

/** The variable by which OpenSSL and Go are told whom to trust. */
const AUTHORITIES = "SSL_CERT_FILE";

/**
 * Prepares the way to hosts outside of the cluster: with the client that speaks
 * to API servers, through the proxies of the environment, and with the
 * authorities of `$SSL_CERT_FILE` where it is set, else those of the system.
 *
 * @throws {UsageError} when these authorities cannot be read
 */
export async function openExternalTransport(
  options: ExternalTransportOptions,
): Promise<ExternalTransport> {
  const ca = await readAuthorities(options.host);
  const ways = new Map<string, ClusterTransport>();
  const wayTo = (origin: string): ClusterTransport => {
    const way = ways.get(origin) ??
      clusterTransport(connectionTo(origin, options.host, ca), {
        stallTimeout: options.stallTimeout,
        userAgent: `k8scr/${project.version}`,
      });
    ways.set(origin, way);
    return way;
  };
  return {
    transport: async (request) => {
      const url = new URL(request.url);
      try {
        return withBodyFailures(
          await wayTo(url.origin).transport(request),
          url,
        );
      } catch (error) {
        throw explain(error, url);
      }
    },
    [Symbol.dispose]() {
      for (const way of ways.values()) way.close();
    },
  };
}

function connectionTo(
  origin: string,
  host: KubeHost,
  ca: string,
): Connection {
  const server = new URL(origin);
  const proxy = selectProxy(server, { proxyUrl: "", host });
  return {
    server,
    namespace: "",
    contextName: "",
    clusterName: "",
    userName: "",
    origin: "the command line",
    tls: { insecure: false, ca },
    credentials: ANONYMOUS,
    impersonation: [],
    ...proxy && { proxy },
    warnings: [],
  };
}

/** All that connections trust: the runtime trusts nobody by itself. */
async function readAuthorities(host: KubeHost): Promise<string> {
  try {
    return parseCertificates(await publicAuthorities(host));
  } catch (cause) {
    throw new UsageError(
      `Cannot read the authorities of $${AUTHORITIES} "${
        host.env(AUTHORITIES) ?? ""
      }": ${failureReason(cause)}`,
      { cause },
    );
  }
}

/** A body may break long after its head has come. */
function withBodyFailures(response: Response, url: URL): Response {
  if (response.body === null) return response;
  const reader = response.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read();
        if (done) return controller.close();
        controller.enqueue(value);
      } catch (error) {
        controller.error(explain(error, url));
      }
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

/** Says of a registry what the client says of an API server. */
function explain(error: unknown, url: URL): unknown {
  if (!(error instanceof ConnectionError)) return error;
  const { address, stage, transient, cause } = error;
  const [reason, advice] = reasonOf(error, url);
  return new RegistryConnectionError(
    `Cannot reach the registry's host "${url.host}": ${reason}` +
      (advice === "" ? "" : `\n${advice}`),
    { address, stage, transient, cause },
  );
}

type Explanation = readonly [reason: string, advice: string];

function reasonOf({ stage, cause }: ConnectionError, url: URL): Explanation {
  const network = "Check the name, and the network on the way to it";
  switch (stage) {
    case "lookup":
      return [`the name "${url.hostname}" has no address`, network];
    case "connect":
      return failureFacts(cause).code === "ECONNREFUSED"
        ? ["the connection was refused", network]
        : [plainReason(cause), network];
    case "proxy":
      return [
        `the proxy on the way fails: ${plainReason(cause)}`,
        "Check HTTPS_PROXY, HTTP_PROXY and NO_PROXY",
      ];
    case "tls":
      return explainTls(cause, url);
    case "transfer":
    case "stall":
      return [plainReason(cause), network];
  }
}

function explainTls(cause: unknown, url: URL): Explanation {
  if (url.protocol === "http:") {
    return ["it speaks TLS on this port", "Leave --plain-http away"];
  }
  const { message } = failureFacts(cause);
  if (isCertificateFailure(cause)) {
    return [
      `its certificate is not trusted: ${message}`,
      `Name the authority that signed it by $${AUTHORITIES}, a PEM file`,
    ];
  }
  if (/InvalidContentType|wrong version number/.test(message)) {
    return ["it does not speak TLS on this port", "Try --plain-http"];
  }
  return [`the TLS handshake failed: ${plainReason(cause)}`, ""];
}
