import { strict as assert } from "node:assert";
import {
  type ClusterLink,
  openClusterLink,
} from "../../src/cli/cluster_link.ts";
import { LineDisplay } from "../../src/cli/line_display.ts";
import { FakeIo } from "./fake_io.ts";
import { PodProxyServer } from "./pod_proxy_server.ts";

async function openLink(
  cluster: PodProxyServer,
  verbose = false,
): Promise<{ link: ClusterLink; io: FakeIo }> {
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  const link = await openClusterLink({
    connection: {},
    stallTimeout: 60_000,
    output: { output: "text", progress: "none", quiet: false, verbose },
  }, {
    io,
    display: new LineDisplay(io, { steps: false }),
    stdinTaken: false,
  });
  return { link, io };
}

Deno.test("openClusterLink() sends nothing by itself", async () => {
  await using cluster = await PodProxyServer.start();
  const { link } = await openLink(cluster);
  using _ = link;
  assert.deepEqual(cluster.requests, []);
  assert.equal(link.namespace, "infra");
});

Deno.test("openClusterLink() reaches a registry's Pod, and traces it when told", async () => {
  await using cluster = await PodProxyServer.start();
  const { link, io } = await openLink(cluster, true);
  using _ = link;
  const { transport } = link.podProxy("k8scr");
  const answer = await transport(new Request("http://registry.test/v2/"));
  await answer.body?.cancel();
  const path = "/api/v1/namespaces/infra/pods/k8scr/proxy/v2/";
  // The first one asks whether there is a Pod of that name.
  assert.deepEqual(cluster.requests, [`GET ${path}`, `GET ${path}`]);
  assert.match(io.stderr.text, new RegExp(`^GET ${path} `));
});

Deno.test("ClusterLink.podProxy() refuses a registry that cannot be", async () => {
  await using cluster = await PodProxyServer.start();
  const { link } = await openLink(cluster);
  using _ = link;
  assert.throws(() => link.podProxy("reg:http"), {
    name: "RegistryFlagSyntaxError",
  });
});
