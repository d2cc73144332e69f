import { strict as assert } from "node:assert";
import { findImage, ownImage } from "../../src/cluster/own_image.ts";
import { MemoryCluster } from "./memory_cluster.ts";

Deno.test("ownImage() goes by the program's version", () => {
  assert.equal(ownImage("0.1.0"), "k8scr.local/k8scr:0.1.0");
});

Deno.test("findImage() finds the nodes that tell of an image", async () => {
  const cluster = new MemoryCluster();
  const node = (name: string, images: object[]) =>
    cluster.objects.set(`/api/v1/nodes/${name}`, {
      metadata: { name },
      status: { images },
    });
  node("a", [{ names: ["x@sha256:01", "x:1"], sizeBytes: 1 }]);
  node("b", [{ names: null }, { names: ["y:1"] }]);
  const { api } = cluster;
  assert.deepEqual(await findImage(api, "x:1"), {
    nodes: ["a"],
    isPartial: true,
  });
  assert.deepEqual(await findImage(api, "z:1"), { nodes: [], isPartial: true });
  cluster.objects.delete("/api/v1/nodes/b");
  assert.deepEqual(await findImage(api, "x:1"), {
    nodes: ["a"],
    isPartial: false,
  });
});
