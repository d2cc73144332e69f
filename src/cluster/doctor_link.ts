import type { Transport, TransportWrapper } from "../http/transport.ts";
import { clusterTransport } from "../kube/cluster_transport.ts";
import type { Connection } from "../kube/connection.ts";
import { KubeApi } from "../kube/kube_api.ts";

/** Options for {@linkcode openDoctorLink}. */
export interface DoctorLinkOptions {
  /** Milliseconds without a byte after which a request has failed. */
  readonly stallTimeout: number;
  /** The `User-Agent` header. */
  readonly userAgent: string;
  /** Wraps the transport, to watch it. */
  readonly trace?: TransportWrapper;
  /** Ends calls to the API server. */
  readonly signal?: AbortSignal;
}

/** The way to an API server, as the checks use it; closed by `using`. */
export interface DoctorLink extends Disposable {
  /** Where it leads, and as whom. */
  readonly connection: Connection;
  /** The namespace of the registry. */
  readonly namespace: string;
  /** Sends calls to the API server, until the signal ends them. */
  readonly apiTransport: Transport;
  /** Sends requests to a Pod, each with a signal of its own. */
  readonly podTransport: Transport;
  /** Reads objects, and asks questions that are put as objects. */
  readonly api: KubeApi;
}

/** Opens the way to an API server; nothing is sent yet. */
export function openDoctorLink(
  connection: Connection,
  options: DoctorLinkOptions,
): DoctorLink {
  const { trace, signal } = options;
  const { transport, close } = clusterTransport(connection, options);
  const podTransport = trace === undefined ? transport : trace(transport);
  const apiTransport = signal === undefined
    ? podTransport
    : endedBy(signal, podTransport);
  return {
    connection,
    namespace: connection.namespace,
    apiTransport,
    podTransport,
    api: new KubeApi(apiTransport, connection),
    [Symbol.dispose]: close,
  };
}

function endedBy(signal: AbortSignal, transport: Transport): Transport {
  return (request) =>
    transport(
      new Request(request, {
        signal: AbortSignal.any([request.signal, signal]),
      }),
    );
}
