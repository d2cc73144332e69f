import { startRegistryServer } from "../../src/server/registry_server.ts";
import { type FaultDealer, requestKind } from "./fault_plan.ts";
import { FaultProxy } from "./fault_proxy.ts";

/** Where the API server shows the registry's Pod. */
const POD_PATH = "/api/v1/namespaces/default/pods/k8scr/proxy";

/**
 * A registry in the Pod `k8scr` behind a stand-in for an API server: harm is
 * done on the way to the one and on the way from it to the other.
 */
export interface FaultCluster extends AsyncDisposable {
  /** The API server's URL. */
  readonly server: URL;
  /** The registry itself, which nothing stands before. */
  readonly registryUrl: string;
  /** What clients connect to. */
  readonly front: FaultProxy;
  /** Deals the faults from now on. */
  dealer: FaultDealer | undefined;
}

/** Starts all of it on loopback; the registry's data goes into a folder. */
export async function startFaultCluster(folder: string): Promise<FaultCluster> {
  const registry = await startRegistryServer({ dataDir: folder });
  const back = new FaultProxy({
    port: registry.port,
    deal: (method, path) =>
      cluster.dealer?.deal("registry", requestKind(method, path)),
    answer: () => '{"errors":[{"code":"UNKNOWN","message":"fault"}]}',
  });
  const front = new FaultProxy({
    port: back.port,
    podPath: POD_PATH,
    deal: (method, path) =>
      cluster.dealer?.deal("api", requestKind(method, path)),
    answer: statusText,
  });
  const cluster: FaultCluster = {
    server: new URL(`http://127.0.0.1:${front.port}`),
    registryUrl: registry.url,
    front,
    dealer: undefined,
    async [Symbol.asyncDispose]() {
      await front[Symbol.asyncDispose]();
      await back[Symbol.asyncDispose]();
      await registry.shutdown();
    },
  };
  return cluster;
}

/** What an API server says of a request that it cannot pass on. */
function statusText(code: number): string {
  return JSON.stringify({
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    ...code === 503
      ? {
        message: "error trying to reach service: EOF",
        reason: "ServiceUnavailable",
      }
      : { message: "something went wrong", reason: "InternalError" },
    code,
  });
}
