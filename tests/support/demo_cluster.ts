import {
  type RegistryServer,
  startRegistryServer,
} from "../../src/server/registry_server.ts";
import {
  type FakeTlsFront,
  startFakeMutualTlsFront,
} from "./fake_tls_front.ts";
import { createAuthority } from "./pki.ts";

/** Where the API server shows the registry's Pod. */
const POD_PATH = "/api/v1/namespaces/default/pods/k8scr/proxy";

/**
 * A stand-in for a cluster, on loopback: an API server that knows people by
 * their client certificates, and a registry in the Pod `k8scr`.
 */
export interface DemoCluster extends AsyncDisposable {
  /** The API server's URL. */
  readonly server: string;
  /** A kubeconfig for it, as YAML (JSON is YAML). */
  readonly kubeconfig: string;
  /** The registry itself, past the API server. */
  readonly registryUrl: string;
}

/** Starts the stand-in; its data goes into a folder. */
export async function startDemoCluster(folder: string): Promise<DemoCluster> {
  const authority = createAuthority("demo");
  const registry = await startRegistryServer({ dataDir: `${folder}/registry` });
  // An idle connection would stay open as long as the process.
  const pod = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const address = { front: undefined as FakeTlsFront | undefined };
  const api = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request, { remoteAddr }) => {
      const { port } = remoteAddr as Deno.NetAddr;
      if (address.front?.peer(port) === undefined) return refuse(request, 401);
      return forward(request, { registry, client: pod });
    },
  );
  const front = await startFakeMutualTlsFront(
    authority.issue("kube-apiserver", { use: "server", names: ["127.0.0.1"] }),
    { port: api.addr.port, clientCa: authority.cert },
  );
  address.front = front;
  const server = `https://127.0.0.1:${front.port}`;
  const client = authority.issue("demo-user", { use: "client" });
  return {
    server,
    registryUrl: registry.url,
    kubeconfig: JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      "current-context": "demo",
      contexts: [{ name: "demo", context: { cluster: "demo", user: "demo" } }],
      clusters: [{
        name: "demo",
        cluster: {
          server,
          "certificate-authority-data": btoa(authority.cert),
        },
      }],
      users: [{
        name: "demo",
        user: {
          "client-certificate-data": btoa(client.cert),
          "client-key-data": btoa(client.key),
        },
      }],
    }),
    async [Symbol.asyncDispose]() {
      front.close();
      await api.shutdown();
      pod.close();
      await registry.shutdown();
    },
  };
}

/** Passes a request on to the Pod, and puts its own path before `Location`. */
async function forward(
  request: Request,
  { registry, client }: {
    readonly registry: RegistryServer;
    readonly client: Deno.HttpClient;
  },
): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  if (!pathname.startsWith(`${POD_PATH}/`)) return refuse(request, 404);
  const path = pathname.slice(POD_PATH.length);
  const answer = await fetch(`${registry.url}${path}${search}`, {
    method: request.method,
    headers: request.headers,
    body: request.body,
    redirect: "manual",
    client,
  });
  const location = answer.headers.get("location");
  if (!location?.startsWith("/")) return answer;
  const headers = new Headers(answer.headers);
  headers.set("location", `${POD_PATH}${location}`);
  return new Response(answer.body, { status: answer.status, headers });
}

async function refuse(request: Request, code: number): Promise<Response> {
  await request.body?.cancel();
  const [reason, message] = code === 401
    ? ["Unauthorized", "Unauthorized"]
    : ["NotFound", "pods not found"];
  return Response.json(
    {
      kind: "Status",
      apiVersion: "v1",
      status: "Failure",
      code,
      reason,
      message,
    },
    { status: code },
  );
}
