import { strict as assert } from "node:assert";
import { startRegistryServer } from "../../src/server/registry_server.ts";
import { createAuthority } from "../support/pki.ts";
import type { ServerRecord } from "../../src/server/server_record.ts";
import {
  openUpload,
  pushBlob,
  RawClient,
  until,
  withDirectory,
  withRegistry,
  withRegistryOn,
} from "./registry_fixture.ts";

Deno.test("startRegistryServer() listens where it is told", async () => {
  await withDirectory(async (dataDir) => {
    const first = await startRegistryServer({ dataDir });
    const { port } = first;
    assert.equal(first.url, `http://127.0.0.1:${port}`);
    await first.shutdown();
    await first.finished;
    // The port is free again, and so is the store.
    const second = await startRegistryServer({ dataDir, port });
    assert.equal(second.port, port);
    await second.shutdown();
  });
});

Deno.test("startRegistryServer() leaves a store alone when the port is taken", async () => {
  await withRegistry(async ({ server }) => {
    await withDirectory(async (dataDir) => {
      const { port } = server;
      await assert.rejects(
        startRegistryServer({ dataDir, port }),
        new RegExp(`Cannot listen on "127.0.0.1:${port}": another process`),
      );
      await withRegistryOn(dataDir, () => Promise.resolve());
    });
  });
});

Deno.test("startRegistryServer() serves TLS", async () => {
  const authority = createAuthority("test");
  const tls = authority.issue("registry", {
    use: "server",
    names: ["127.0.0.1"],
  });
  await withRegistry(async (registry) => {
    assert.match(registry.server.url, /^https:\/\/127\.0\.0\.1:\d+$/);
    const digest = await pushBlob(registry, "a", "hello");
    const { text } = await registry.send("GET", `/v2/a/blobs/${digest}`);
    assert.equal(text, "hello");
  }, { tls, authority: authority.cert });
});

Deno.test("a signal stops the server", async () => {
  await withDirectory(async (dataDir) => {
    const stop = new AbortController();
    const server = await startRegistryServer({ dataDir, signal: stop.signal });
    stop.abort();
    await server.finished;
    const late = await startRegistryServer({ dataDir, signal: stop.signal });
    await late.finished;
  });
});

Deno.test("a shutdown lets requests end", async () => {
  await withRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    const client = await RawClient.connect(registry);
    await client.send(
      `PATCH ${location} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel`,
    );
    await until(async () => {
      const { text } = await registry.send("GET", "/metrics");
      return text.includes("k8scr_registry_transfers_running 1\n");
    });
    const stopped = registry.server.shutdown();
    assert.equal((await registry.send("GET", "/readyz")).status, 503);
    assert.equal((await registry.send("GET", "/healthz")).status, 200);
    assert.equal((await registry.send("GET", "/v2/")).status, 503);
    await client.send("lo");
    assert.match(await client.receive(/\r\n\r\n/), /^HTTP\/1\.1 202 /);
    await stopped;
    client.close();
  }, { shutdownTimeout: 60_000 });
});

Deno.test("a shutdown does not wait for clients without end", async () => {
  await withDirectory(async (dataDir) => {
    let location = "";
    const clients: RawClient[] = [];
    await withRegistryOn(dataDir, async (registry) => {
      const digest = await pushBlob(registry, "a", "x".repeat(16_000_000));
      location = await openUpload(registry, "a");
      for (
        const request of [
          `GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: a\r\n\r\n`,
          "GET /v2/ HTTP/1.1\r\nHos",
          `PATCH ${location} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel`,
        ]
      ) {
        const client = await RawClient.connect(registry);
        await client.send(request);
        clients.push(client);
      }
      await until(async () => {
        const { text } = await registry.send("GET", "/metrics");
        return text.includes("k8scr_registry_transfers_running 2\n");
      });
    }, { shutdownTimeout: 50 });
    // The upload is told that it was stopped.
    assert.match(await clients[2]?.receive(/\]\}/) ?? "", /^HTTP\/1\.1 400 /);
    for (const client of clients) client.close();
    // What came of the upload is there.
    await withRegistryOn(dataDir, async (registry) => {
      const { headers } = await registry.send("GET", location);
      assert.equal(headers.get("range"), "0-2");
    });
  });
});

Deno.test("garbage is collected now and then", async () => {
  const records: ServerRecord[] = [];
  await withRegistry(async () => {
    await until(() => records.some(({ kind }) => kind === "collection"));
  }, { gcInterval: 10, log: (record) => records.push(record) });
});

Deno.test("a collection that fails is told, and the server goes on", async () => {
  const records: ServerRecord[] = [];
  await withRegistry(async (registry) => {
    await pushBlob(registry, "a", "hello");
    const layers =
      `${registry.dataDir}/docker/registry/v2/repositories/a/_layers`;
    const link =
      `${layers}/sha256/2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824/link`;
    await Deno.remove(link);
    await Deno.symlink(link, link);
    await until(() => records.some(({ kind }) => kind === "failure"));
    assert.equal((await registry.send("GET", "/v2/")).status, 200);
  }, { gcInterval: 10, log: (record) => records.push(record) });
});

Deno.test("two collections at once are one", async () => {
  await withRegistry(async ({ server }) => {
    const [first, second] = await Promise.all([
      server.collectGarbage(),
      server.collectGarbage(),
    ]);
    assert.equal(first, second);
  });
});
