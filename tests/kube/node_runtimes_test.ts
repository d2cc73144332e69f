import { strict as assert } from "node:assert";
import { KubeApi } from "../../src/kube/kube_api.ts";
import { nodesTakeZstd } from "../../src/kube/node_runtimes.ts";

const SERVER = new URL("https://api.lab.test:6443");

function takes(...versions: readonly string[]): Promise<boolean> {
  const items = versions.map((containerRuntimeVersion) => ({
    status: { nodeInfo: { containerRuntimeVersion } },
  }));
  const transport = () => Promise.resolve(Response.json({ items }));
  return nodesTakeZstd(new KubeApi(transport, { server: SERVER }));
}

Deno.test("nodesTakeZstd() knows since when runtimes do", async () => {
  assert.equal(await takes("containerd://1.5.0", "cri-o://1.34.1"), true);
  assert.equal(await takes("containerd://v2.1.3"), true);
  assert.equal(await takes("containerd://1.4.13"), false);
  assert.equal(await takes("containerd://1.7.2", "docker://27.0.1"), false);
  assert.equal(await takes(), false);
});

Deno.test("nodesTakeZstd() says no where nodes may not be read", async () => {
  const body = { kind: "Status", code: 403, reason: "Forbidden", message: "" };
  const transport = () => Promise.resolve(Response.json(body, { status: 403 }));
  const api = new KubeApi(transport, { server: SERVER });
  assert.equal(await nodesTakeZstd(api), false);
});
