import { strict as assert } from "node:assert";
import { LineDisplay } from "../../src/cli/line_display.ts";
import type { LinkSettings } from "../../src/cli/link_settings.ts";
import {
  openRegistryLink,
  type RegistryLink,
} from "../../src/cli/registry_link.ts";
import { FakeIo } from "./fake_io.ts";
import { PodProxyServer } from "./pod_proxy_server.ts";

async function openLink(
  cluster: PodProxyServer,
  settings: Partial<LinkSettings> = {},
): Promise<{ link: RegistryLink; io: FakeIo }> {
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  const link = await openRegistryLink({
    registry: "k8scr",
    connection: {},
    chunkSize: 8_000_000,
    stallTimeout: 60_000,
    output: { output: "text", progress: "none", quiet: false, verbose: true },
    ...settings,
  }, {
    io,
    display: new LineDisplay(io, { steps: false }),
    stdinTaken: false,
  });
  return { link, io };
}

Deno.test("openRegistryLink() sends nothing before it connects", async () => {
  await using cluster = await PodProxyServer.start();
  const { link, io } = await openLink(cluster);
  assert.deepEqual(cluster.requests, []);
  const registry = await link.connect();
  const path = "/api/v1/namespaces/infra/pods/k8scr/proxy/v2/";
  // The first one asks whether there is a Pod of that name.
  assert.deepEqual(cluster.requests, [`GET ${path}`, `GET ${path}`]);
  assert.match(io.stderr.text, new RegExp(`^GET ${path} 200, `));
  assert.equal(registry.repository("app").location, "app");
  link[Symbol.dispose]();
});

Deno.test("openRegistryLink() asks once whether the registry answers", async () => {
  await using cluster = await PodProxyServer.start();
  const { link } = await openLink(cluster, { registry: "k8scr:5000" });
  using _ = link;
  assert.equal(await link.connect(), await link.connect());
  assert.equal(cluster.requests.length, 1);
});

Deno.test("openRegistryLink() refuses a registry that cannot be", async () => {
  await using cluster = await PodProxyServer.start();
  await assert.rejects(openLink(cluster, { registry: "k8scr:http" }), {
    name: "RegistryFlagSyntaxError",
  });
});

Deno.test("openRegistryLink() refuses a context that there is not", async () => {
  await using cluster = await PodProxyServer.start();
  await assert.rejects(openLink(cluster, { connection: { context: "x" } }), {
    name: "KubeconfigError",
  });
});

Deno.test("openRegistryLink() names the hop when the Pod has no address", async () => {
  await using cluster = await PodProxyServer.start();
  const message = "address not allowed";
  cluster.refusal = { code: 400, reason: "BadRequest", message };
  const { link } = await openLink(cluster);
  await assert.rejects(link.connect(), {
    name: "KubernetesError",
    status: 400,
  });
  link[Symbol.dispose]();
});
