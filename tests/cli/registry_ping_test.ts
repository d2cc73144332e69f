import { strict as assert } from "node:assert";
import { pingRegistry } from "../../src/cli/registry_ping.ts";
import type { Transport } from "../../src/http/transport.ts";
import { KubeApi } from "../../src/kube/kube_api.ts";
import { fixedPod, PodProxy } from "../../src/kube/pod_proxy.ts";
import { Registry } from "../../src/registry/registry.ts";

const SERVER = new URL("https://api.example:6443");

/** Pings the registry in the Pod `reg` through an API server. */
async function ping(apiServer: Transport): Promise<void> {
  const chooser = fixedPod("reg:5000");
  const pod = new PodProxy(apiServer, {
    server: SERVER,
    namespace: "ns",
    chooser,
  });
  const api = new KubeApi(apiServer, { server: SERVER });
  const { signal } = new AbortController();
  const registry = new Registry(pod.transport, { retry: { maxAttempts: 1 } });
  await pingRegistry(registry, {
    pod,
    cluster: { api, namespace: "ns" },
    io: { signal },
  });
}

function status(code: number, message: string): Response {
  const body = { kind: "Status", apiVersion: "v1", code, reason: "", message };
  return Response.json(body, { status: code });
}

Deno.test("pingRegistry() is content with a registry's answer", async () => {
  await ping(() => Promise.resolve(Response.json({})));
});

Deno.test("pingRegistry() says how the Pod is when there is no way to it", async () => {
  const apiServer: Transport = ({ url }) =>
    Promise.resolve(
      url.includes("/proxy/")
        ? status(503, "error trying to reach service: dial tcp: i/o timeout")
        : Response.json({
          metadata: { name: "reg" },
          spec: { containers: [{ ports: [{ containerPort: 5000 }] }] },
          status: { phase: "Pending" },
        }),
    );
  await assert.rejects(ping(apiServer), {
    name: "KubernetesError",
    message: /The Pod "reg" is not ready: /,
  });
});

Deno.test("pingRegistry() does not look at the Pod when the API server refuses", async () => {
  const asked: string[] = [];
  const apiServer: Transport = ({ url }) => {
    asked.push(url);
    return Promise.resolve(status(401, "Unauthorized"));
  };
  await assert.rejects(ping(apiServer), { status: 401, hop: "server" });
  assert.equal(asked.length, 1);
});
