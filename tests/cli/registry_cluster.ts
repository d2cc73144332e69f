import {
  type RegistryServer,
  startRegistryServer,
} from "../../src/server/registry_server.ts";
import { MemoryCluster, setPath } from "../cluster_parts/memory_cluster.ts";
import { addPod } from "../cluster_parts/registry_scenes.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { forwardTo, loopbackKubeconfig } from "../support/loopback_api.ts";

const PROXY_PATH =
  /^\/api\/v1\/namespaces\/infra\/pods\/k8scr-0(?::5000)?\/proxy(\/.*)$/;

/**
 * A cluster on loopback whose StatefulSets come up at once, with a registry in
 * the Pod `k8scr-0` of the namespace `infra`.
 */
export class RegistryCluster implements AsyncDisposable {
  /** Its objects and requests. */
  readonly cluster = new MemoryCluster();
  /** Path of the kubeconfig that leads here. */
  readonly kubeconfig: string;
  readonly #folder: TempDir;
  readonly #registry: RegistryServer;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(folder: TempDir, registry: RegistryServer) {
    this.#folder = folder;
    this.#registry = registry;
    this.kubeconfig = folder.file("kubeconfig");
    this.cluster.onApply = (path) => this.#settle(path);
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** Starts it. */
  static async start(): Promise<RegistryCluster> {
    const folder = await tempDir();
    const dataDir = folder.file("data");
    const registry = await startRegistryServer({ dataDir });
    const started = new RegistryCluster(folder, registry);
    const { port } = started.#server.addr;
    await Deno.writeTextFile(started.kubeconfig, loopbackKubeconfig(port));
    return started;
  }

  /** Stops it and removes what it stored. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.#registry.shutdown();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    const path = PROXY_PATH.exec(pathname)?.[1];
    if (path === undefined) return await this.cluster.transport(request);
    return await forwardTo(`${this.#registry.url}${path}${search}`, request);
  }

  /** Does what the controllers of a cluster do. */
  #settle(path: string): void {
    const object = this.cluster.objects.get(path);
    if (path.includes("/services/")) {
      Object.assign(object ?? {}, { spec: { ports: [{ nodePort: 30123 }] } });
    }
    if (path !== setPath("k8scr")) return;
    const status = { updatedReplicas: 1, readyReplicas: 1 };
    Object.assign(object ?? {}, { status });
    addPod(this.cluster, { isReady: true });
  }
}
