import { strict as assert } from "node:assert";
import project from "../../deno.json" with { type: "json" };
import { readUsage, roomIn } from "../../src/cluster/registry_usage.ts";
import { startRegistryServer } from "../../src/server/registry_server.ts";
import { plainTransport } from "../support/plain_transport.ts";
import { tempDir } from "../support/temp_dir.ts";

const { signal } = new AbortController();

function usageIn(text: string, status = 200): ReturnType<typeof readUsage> {
  const transport = () => Promise.resolve(new Response(text, { status }));
  return readUsage(transport, signal);
}

Deno.test("readUsage() understands what k8scr's own registry says", async () => {
  assert.deepEqual(
    await usageIn(
      "# TYPE k8scr_registry_storage_bytes gauge\n" +
        "k8scr_registry_storage_bytes 123\n" +
        "k8scr_registry_storage_limit_bytes 1e+9\n" +
        "k8scr_registry_storage_free_bytes 456\n" +
        'k8scr_registry_build_info{version="0.1.0"} 1\n',
    ),
    { bytes: 123, limit: 1e9, free: 456, version: "0.1.0" },
  );
  assert.deepEqual(
    await usageIn(
      "k8scr_registry_storage_bytes 0\n" +
        "k8scr_registry_storage_limit_bytes +Inf\n" +
        "k8scr_registry_storage_free_bytes NaN\n",
    ),
    { bytes: 0 },
  );
});

Deno.test("roomIn() is what the limit and the disk both leave", () => {
  assert.equal(roomIn({ bytes: 10 }), undefined);
  assert.equal(roomIn({ bytes: 10, limit: 30 }), 20);
  assert.equal(roomIn({ bytes: 10, free: 5 }), 5);
  assert.equal(roomIn({ bytes: 10, limit: 30, free: 5 }), 5);
  assert.equal(roomIn({ bytes: 40, limit: 30, free: 5 }), 0);
});

Deno.test("readUsage() does without an answer of any other", async () => {
  assert.equal(await usageIn("404 page not found", 404), undefined);
  assert.equal(await usageIn("<html></html>"), undefined);
});

Deno.test("readUsage() reads what a registry says for real", async () => {
  await using folder = await tempDir();
  const server = await startRegistryServer({ dataDir: folder.path });
  try {
    const transport = plainTransport(`127.0.0.1:${server.port}`);
    const usage = await readUsage(transport, signal);
    assert.equal(usage?.bytes, 0);
    assert.equal(usage.version, project.version);
    assert.ok(usage.free !== undefined && usage.free > 1_000_000);
  } finally {
    await server.shutdown();
  }
});
