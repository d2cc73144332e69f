import { strict as assert } from "node:assert";
import {
  PROBE_REPOSITORY,
  probeRegistry,
} from "../../src/cluster/probe_image.ts";
import type { Transport } from "../../src/http/transport.ts";
import { Registry } from "../../src/registry/registry.ts";
import { startRegistryServer } from "../../src/server/registry_server.ts";
import { plainTransport } from "../support/plain_transport.ts";
import { tempDir } from "../support/temp_dir.ts";

const { signal } = new AbortController();

/** Runs a body with the way to a registry. */
async function withRegistry(
  body: (transport: Transport) => Promise<void>,
): Promise<void> {
  await using folder = await tempDir();
  const server = await startRegistryServer({ dataDir: folder.path });
  try {
    await body(plainTransport(`127.0.0.1:${server.port}`));
  } finally {
    await server.shutdown();
  }
}

Deno.test("probeRegistry() leaves no image behind", async () => {
  await withRegistry(async (transport) => {
    const registry = new Registry(transport);
    assert.equal(await probeRegistry(registry, { signal }), true);
    const repository = registry.repository(PROBE_REPOSITORY);
    assert.equal(await repository.fetchManifest("probe"), undefined);
  });
});

Deno.test("probeRegistry() says that an image stays which cannot be deleted", async () => {
  await withRegistry(async (transport) => {
    const registry = new Registry((request) =>
      request.method === "DELETE"
        ? Promise.resolve(new Response(null, { status: 405 }))
        : transport(request)
    );
    assert.equal(await probeRegistry(registry, { signal }), false);
  });
});

Deno.test("probeRegistry() notices a registry that gives other bytes back", async () => {
  await withRegistry(async (transport) => {
    const registry = new Registry(async (request) => {
      const response = await transport(request);
      const isBlob = request.method === "GET" &&
        /\/blobs\/sha256:/.test(request.url);
      if (!isBlob) return response;
      const bytes = await response.bytes();
      bytes[0] = (bytes[0] ?? 0) ^ 1;
      const { status, headers } = response;
      return new Response(bytes, { status, headers });
    });
    await assert.rejects(probeRegistry(registry, { signal }), {
      name: "ContentMismatchError",
    });
  });
});
