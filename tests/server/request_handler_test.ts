import { strict as assert } from "node:assert";
import type { RequestRecord } from "../../src/server/server_record.ts";
import {
  errorCode,
  pushBlob,
  RawClient,
  until,
  withRegistry,
} from "./registry_fixture.ts";

Deno.test("each request makes one record", async () => {
  const records: RequestRecord[] = [];
  await withRegistry(async (registry) => {
    const digest = await pushBlob(registry, "a", "hello");
    await registry.send("GET", `/v2/a/blobs/${digest}?x=1`, {
      headers: { "user-agent": "tester" },
    });
    await registry.send("HEAD", "/v2/a/manifests/none");
    assert.equal(records.length, 3);
    const [push, pull, head] = records;
    assert.deepEqual(
      [push?.method, push?.route, push?.status, push?.bytesReceived],
      ["POST", "uploads", 201, 5],
    );
    assert.deepEqual(
      [pull?.path, pull?.status, pull?.bytesSent, pull?.userAgent],
      [`/v2/a/blobs/${digest}?x=1`, 200, 5, "tester"],
    );
    assert.match(pull?.client ?? "", /^127\.0\.0\.1:\d+$/);
    assert.deepEqual(
      [head?.status, head?.code, head?.bytesSent],
      [404, "MANIFEST_UNKNOWN", 0],
    );
    // Path and code say it all.
    assert.equal(head?.error, undefined);
  }, {
    log(record) {
      if (record.kind === "request") records.push(record);
    },
  });
});

Deno.test("a failure of the store is a 500 that only the log explains", async () => {
  const errors: (string | undefined)[] = [];
  await withRegistry(async (registry) => {
    const repositories = `${registry.dataDir}/docker/registry/v2/repositories`;
    await Deno.mkdir(`${repositories}/a/_manifests/tags/v1/current/link`, {
      recursive: true,
    });
    const answer = await registry.send("GET", "/v2/a/manifests/v1");
    assert.equal(answer.status, 500);
    assert.equal(errorCode(answer), "UNKNOWN");
    assert.doesNotMatch(answer.text, /directory/i);
    assert.match(errors[0] ?? "", /directory/i);
  }, {
    log(record) {
      if (record.kind === "request") errors.push(record.error);
    },
  });
});

Deno.test("a path is taken as it was sent", async () => {
  await withRegistry(async (registry) => {
    const client = await RawClient.connect(registry);
    for (
      const path of [
        "/v2/a/../b/tags/list",
        "/v2/%2e%2e/tags/list",
        "/v2/a/%2e%2e/%2e%2e/tags/list",
        "/v2//a/tags/list",
      ]
    ) {
      await client.send(`GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const answer = await client.receive(/\]\}/);
      assert.match(answer, /^HTTP\/1\.1 400 /, path);
      assert.match(answer, /"NAME_INVALID"/, path);
    }
    client.close();
  });
});

Deno.test("a client that sends a body nobody wants reads the answer", async () => {
  await withRegistry(async (registry) => {
    const client = await RawClient.connect(registry);
    const path = `/v2/a/blobs/uploads/none?digest=sha256:${"a".repeat(64)}`;
    const head = `PUT ${path} HTTP/1.1\r\nHost: a\r\n`;
    const body = new Uint8Array(200_000);
    await client.send(`${head}Content-Length: ${body.length}\r\n\r\n`);
    await client.send(body);
    assert.match(await client.receive(/\]\}/), /^HTTP\/1\.1 404 /);
    // One that asks first is told before it has sent anything.
    await client.send(
      `${head}Content-Length: 9000000\r\nExpect: 100-continue\r\n\r\n`,
    );
    assert.match(await client.receive(/\]\}/), /^HTTP\/1\.1 404 /m);
    client.close();
  });
});

Deno.test("a client that sends too much reads the answer", async () => {
  await withRegistry(async (registry) => {
    const client = await RawClient.connect(registry);
    const path = `/v2/a/blobs/uploads/?digest=sha256:${"a".repeat(64)}`;
    const body = new Uint8Array(20_000_000);
    await client.send(
      `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`,
    );
    await client.send(body);
    assert.match(await client.receive(/\]\}/), /^HTTP\/1\.1 507 /);
    client.close();
  }, { maxSize: 1_000_000 });
});

Deno.test("requests that are too many are refused, health checks are not", async () => {
  await withRegistry(async (registry) => {
    const location = (await registry.send("POST", "/v2/a/blobs/uploads/"))
      .headers.get("location");
    const slow = await RawClient.connect(registry);
    await slow.send(
      `PATCH ${location} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel`,
    );
    await until(async () => {
      const answer = await registry.send("GET", "/v2/");
      return answer.status === 503 && errorCode(answer) === "UNAVAILABLE" &&
        answer.headers.get("retry-after") === "1";
    });
    assert.equal((await registry.send("GET", "/healthz")).status, 200);
    slow.close();
    await until(async () =>
      (await registry.send("GET", "/v2/")).status === 200
    );
  }, { maxRequests: 1 });
});
