import { strict as assert } from "node:assert";
import { digestOf } from "../../src/oci/digest.ts";
import {
  bytesOf,
  errorCode,
  pushBlob,
  RawClient,
  until,
  withRegistry,
} from "./registry_fixture.ts";

const HELLO =
  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

Deno.test("a blob is served with its length, type and digest", async () => {
  await withRegistry(async (registry) => {
    assert.equal(await pushBlob(registry, "a/b", "hello"), HELLO);
    for (const method of ["HEAD", "GET"]) {
      const answer = await registry.send(method, `/v2/a/b/blobs/${HELLO}`);
      assert.equal(answer.status, 200);
      assert.equal(answer.text, method === "GET" ? "hello" : "");
      const { headers } = answer;
      assert.equal(headers.get("content-length"), "5");
      assert.equal(headers.get("content-type"), "application/octet-stream");
      assert.equal(headers.get("docker-content-digest"), HELLO);
      assert.equal(headers.get("accept-ranges"), "bytes");
      assert.equal(headers.get("cache-control"), "no-transform");
    }
  });
});

Deno.test("a blob is sent in part", async () => {
  await withRegistry(async (registry) => {
    await pushBlob(registry, "a", "hello");
    const get = (range: string) =>
      registry.send("GET", `/v2/a/blobs/${HELLO}`, { headers: { range } });
    const middle = await get("bytes=1-3");
    assert.equal(middle.status, 206);
    assert.equal(middle.text, "ell");
    assert.equal(middle.headers.get("content-range"), "bytes 1-3/5");
    assert.equal(middle.headers.get("content-length"), "3");
    assert.equal((await get("bytes=-2")).text, "lo");
    const beyond = await get("bytes=5-");
    assert.equal(beyond.status, 416);
    assert.equal(beyond.headers.get("content-range"), "bytes */5");
    assert.equal((await get("bytes=0-1,3-4")).text, "hello");
  });
});

Deno.test("a blob of many blocks arrives as it is", async () => {
  await withRegistry(async (registry) => {
    const content = "0123456789abcdef".repeat(120_000);
    const digest = await pushBlob(registry, "a", content);
    const whole = await registry.send("GET", `/v2/a/blobs/${digest}`);
    assert.equal(digestOf(whole.bytes), digest);
    const part = await registry.send("GET", `/v2/a/blobs/${digest}`, {
      headers: { range: "bytes=600001-1200002" },
    });
    assert.equal(part.text, content.slice(600_001, 1_200_003));
  });
});

Deno.test("an empty blob is a blob", async () => {
  await withRegistry(async (registry) => {
    const digest = await pushBlob(registry, "a", "");
    const { status, headers, text } = await registry.send(
      "GET",
      `/v2/a/blobs/${digest}`,
    );
    assert.equal(status, 200);
    assert.equal(headers.get("content-length"), "0");
    assert.equal(text, "");
  });
});

Deno.test("a blob belongs to its repository alone", async () => {
  await withRegistry(async (registry) => {
    await pushBlob(registry, "a", "hello");
    await pushBlob(registry, "b", "hello");
    const elsewhere = await registry.send("GET", `/v2/c/blobs/${HELLO}`);
    assert.equal(elsewhere.status, 404);
    assert.equal(errorCode(elsewhere), "BLOB_UNKNOWN");

    const deleted = await registry.send("DELETE", `/v2/a/blobs/${HELLO}`);
    assert.equal(deleted.status, 202);
    const status = async (method: string, repository: string) =>
      (await registry.send(method, `/v2/${repository}/blobs/${HELLO}`)).status;
    assert.equal(await status("HEAD", "a"), 404);
    assert.equal(await status("DELETE", "a"), 404);
    assert.equal(await status("HEAD", "b"), 200);
  });
});

Deno.test("a client that goes away in the middle of a pull frees the file", async () => {
  const records: number[] = [];
  await withRegistry(async (registry) => {
    const size = 8 * 1024 * 1024;
    const digest = await pushBlob(registry, "a", "x".repeat(size));
    records.length = 0;
    const client = await RawClient.connect(registry);
    await client.send(`GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await client.receive(/200 OK/);
    client.close();
    // The record comes when the file is closed.
    await until(() => records.length === 1);
    const [sent = 0] = records;
    assert.ok(sent < size, `${sent} bytes were passed on`);
  }, {
    log(record) {
      if (record.kind === "request") records.push(record.bytesSent);
    },
  });
});

Deno.test("a client that takes nothing is given up", async () => {
  const errors: (string | undefined)[] = [];
  await withRegistry(async (registry) => {
    const digest = await pushBlob(registry, "a", "x".repeat(16 * 1024 * 1024));
    errors.length = 0;
    const client = await RawClient.connect(registry);
    await client.send(`GET /v2/a/blobs/${digest} HTTP/1.1\r\nHost: a\r\n\r\n`);
    await until(() => errors.length === 1);
    assert.deepEqual(errors, ["The client took nothing for 200 ms"]);
    client.close();
  }, {
    idleTimeout: 200,
    log(record) {
      if (record.kind === "request") errors.push(record.error);
    },
  });
});

Deno.test("a blob whose bytes are gone is not there", async () => {
  await withRegistry(async (registry) => {
    const digest = await pushBlob(registry, "a", "hello");
    const hex = digest.slice("sha256:".length);
    await Deno.remove(
      `${registry.dataDir}/docker/registry/v2/blobs/sha256/2c/${hex}/data`,
    );
    for (const method of ["HEAD", "GET"]) {
      const { status } = await registry.send(method, `/v2/a/blobs/${digest}`);
      assert.equal(status, 404);
    }
    // And it comes back with the next push.
    await pushBlob(registry, "a", "hello");
    const { text } = await registry.send("GET", `/v2/a/blobs/${digest}`);
    assert.deepEqual(bytesOf(text), bytesOf("hello"));
  });
});
