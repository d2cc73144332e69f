import {
  type RegistryServer,
  startRegistryServer,
} from "../../src/server/registry_server.ts";
import { type TempDir, tempDir } from "../support/temp_dir.ts";
import { type Answer, answer, POD, podObject } from "./doctor_api.ts";
import { forwardTo, loopbackKubeconfig } from "../support/loopback_api.ts";

const PROXY = "/api/v1/namespaces/infra/pods/reg:5000/proxy";

const REVIEWS = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/**
 * An API server on loopback that has all that a doctor asks for: the Pod `reg`
 * of `infra` with a registry of our own, in a cluster of one node.
 */
export class DoctorCluster implements AsyncDisposable {
  /** The verbs on `pods/proxy` that the caller may use. */
  allowed: readonly string[] = ["get", "create", "update", "patch", "delete"];
  /** What it answers, by method and path; to be changed by a test. */
  readonly answers: Record<string, Answer> = {
    "GET /version": { gitVersion: "v1.34.4" },
    "POST /apis/authentication.k8s.io/v1/selfsubjectreviews": {
      status: { userInfo: { username: "jane", groups: ["pushers"] } },
    },
    [REVIEWS]: (request) => this.#review(request),
    [POD]: podObject({ ports: [{ containerPort: 5000, hostPort: 5077 }] }),
    "GET /api/v1/nodes": { items: [NODE] },
    "GET /api/v1/namespaces/infra": { kind: "Namespace" },
    "GET /api/v1/namespaces/infra/services": { items: [] },
    "GET /api/v1/namespaces/infra/events": { items: [] },
  };
  /** Called when a chunk of an upload comes. */
  onChunk: () => void = () => {};
  /** The requests so far, method and path. */
  readonly requests: string[] = [];
  /** The kubeconfig that leads here. */
  readonly kubeconfig: string;
  readonly #folder: TempDir;
  readonly #registry: RegistryServer;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  private constructor(folder: TempDir, registry: RegistryServer) {
    this.#folder = folder;
    this.#registry = registry;
    this.kubeconfig = folder.file("kubeconfig");
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** Starts it. */
  static async start(): Promise<DoctorCluster> {
    const folder = await tempDir();
    const dataDir = folder.file("data");
    const registry = await startRegistryServer({ dataDir });
    const cluster = new DoctorCluster(folder, registry);
    const { port } = cluster.#server.addr;
    await Deno.writeTextFile(
      cluster.kubeconfig,
      loopbackKubeconfig(port, "jane"),
    );
    return cluster;
  }

  /** Stops it and removes what it stored. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
    await this.#registry.shutdown();
    await this.#folder[Symbol.asyncDispose]();
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    this.requests.push(`${request.method} ${pathname}`);
    if (!pathname.startsWith(PROXY)) return await answer(this.answers, request);
    const path = pathname.slice(PROXY.length);
    if (request.method === "PATCH") this.onChunk();
    try {
      return await forwardTo(`${this.#registry.url}${path}${search}`, request);
    } catch (error) {
      // A client that has gone takes its request with it.
      return new Response(String(error), { status: 502 });
    }
  }

  async #review(request: Request): Promise<Response> {
    const { spec } = await request.json();
    const allowed = this.allowed.includes(spec.resourceAttributes.verb);
    return Response.json({ status: { allowed } });
  }
}

const NODE = {
  metadata: { name: "node-1" },
  status: {
    conditions: [{ type: "Ready", status: "True" }],
    nodeInfo: {
      operatingSystem: "linux",
      architecture: "amd64",
      containerRuntimeVersion: "containerd://2.1.0",
    },
  },
};
