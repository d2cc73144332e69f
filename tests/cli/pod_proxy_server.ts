import {
  type RegistryServer,
  startRegistryServer,
} from "../../src/server/registry_server.ts";
import { forwardTo, loopbackKubeconfig } from "../support/loopback_api.ts";

/** What an API server says when it refuses. */
export interface Refusal {
  readonly code: number;
  readonly reason: string;
  readonly message: string;
}

const PROXY_PATH =
  /^\/api\/v1\/namespaces\/infra\/pods\/(?:k8scr|k8scr:5000)\/proxy(\/.*)$/;

/** An API server on loopback with a registry in the Pod `k8scr` of `infra`. */
export class PodProxyServer implements AsyncDisposable {
  /** The requests so far, method and path. */
  readonly requests: string[] = [];
  /** What every request gets from now on. */
  refusal?: Refusal;
  /** The kubeconfig that leads here. */
  readonly kubeconfig: string;
  readonly #folder: string;
  readonly #registry: RegistryServer;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(folder: string, registry: RegistryServer) {
    this.#folder = folder;
    this.#registry = registry;
    this.kubeconfig = `${folder}/kubeconfig`;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** Starts it. */
  static async start(): Promise<PodProxyServer> {
    const folder = await Deno.makeTempDir();
    const dataDir = `${folder}/data`;
    const registry = await startRegistryServer({ dataDir });
    const server = new PodProxyServer(folder, registry);
    const { port } = server.#server.addr;
    await Deno.writeTextFile(server.kubeconfig, loopbackKubeconfig(port));
    return server;
  }

  /** Where the registry itself can be asked. */
  get registryUrl(): string {
    return this.#registry.url;
  }

  /** Stops it and removes what it stored. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.#registry.shutdown();
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    this.requests.push(`${request.method} ${pathname}`);
    const path = PROXY_PATH.exec(pathname)?.[1];
    if (this.refusal !== undefined || path === undefined) {
      await request.body?.cancel();
      return statusOf(this.refusal ?? notFound(pathname));
    }
    return await forwardTo(`${this.registryUrl}${path}${search}`, request);
  }
}

function notFound(pathname: string): Refusal {
  const name = pathname.split("/")[6];
  const message = `pods "${name}" not found`;
  return { code: 404, reason: "NotFound", message };
}

function statusOf(refusal: Refusal): Response {
  return Response.json({
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    ...refusal,
  }, { status: refusal.code });
}
