import { strict as assert } from "node:assert";
import { readUsage } from "../../src/cluster/registry_usage.ts";
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
        "k8scr_registry_storage_limit_bytes 1e+9\n",
    ),
    { bytes: 123, limit: 1e9 },
  );
  assert.deepEqual(
    await usageIn(
      "k8scr_registry_storage_bytes 0\nk8scr_registry_storage_limit_bytes +Inf\n",
    ),
    { bytes: 0 },
  );
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
    assert.deepEqual(await readUsage(transport, signal), { bytes: 0 });
  } finally {
    await server.shutdown();
  }
});
