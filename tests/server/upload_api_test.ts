import { strict as assert } from "node:assert";
import { digestOf } from "../../src/oci/digest.ts";
import { RegistryStore } from "../../src/server/registry_store.ts";
import { putUpload } from "../../src/server/upload_api.ts";
import {
  type Answer,
  bytesOf,
  errorCode,
  openUpload,
  pushBlob,
  RawClient,
  type TestRegistry,
  until,
  withDirectory,
  withRegistry,
  withRegistryOn,
} from "./registry_fixture.ts";

const HELLO =
  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const HELLO_512 =
  "sha512:9b71d224bd62f3785d96d46ad3ea3d73319bfbc2890caadae2dff72519673ca72323c3d99ba5c11d7c7acc6e14b8c5da0c4663475c2e5c3adef46f73bcdec043";

function patch(
  registry: TestRegistry,
  location: string,
  { body, range }: { body: string; range?: string },
): Promise<Answer> {
  const headers = range === undefined ? undefined : { "content-range": range };
  return registry.send("PATCH", location, {
    body: bytesOf(body),
    ...headers && { headers },
  });
}

async function blobText(
  registry: TestRegistry,
  digest: string,
): Promise<string> {
  return (await registry.send("GET", `/v2/a/blobs/${digest}`)).text;
}

Deno.test("POST opens a session with a relative location", async () => {
  await withRegistry(async (registry) => {
    const { status, headers } = await registry.send(
      "POST",
      "/v2/a/blobs/uploads/",
    );
    assert.equal(status, 202);
    const id = headers.get("docker-upload-uuid");
    assert.equal(headers.get("location"), `/v2/a/blobs/uploads/${id}`);
    assert.equal(headers.get("range"), "0-0");
  });
});

Deno.test("POST and PUT push a blob", async () => {
  await withRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    const { status, headers } = await registry.send(
      "PUT",
      `${location}?digest=${HELLO}`,
      { body: "hello" },
    );
    assert.equal(status, 201);
    assert.equal(headers.get("location"), `/v2/a/blobs/${HELLO}`);
    assert.equal(headers.get("docker-content-digest"), HELLO);
    assert.equal(await blobText(registry, HELLO), "hello");
    // The session is over.
    const again = await registry.send("PUT", `${location}?digest=${HELLO}`);
    assert.equal(again.status, 404);
    assert.equal(errorCode(again), "BLOB_UPLOAD_UNKNOWN");
  });
});

Deno.test("chunks push a blob, and a chunk out of order changes nothing", async () => {
  await withRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    const first = await patch(registry, location, { body: "he", range: "0-1" });
    assert.equal(first.status, 202);
    assert.equal(first.headers.get("range"), "0-1");

    for (const range of ["0-1", "3-4", "bytes 2-3/5"]) {
      const wrong = await patch(registry, location, { body: "ll", range });
      assert.equal(wrong.status, 416, range);
      assert.equal(wrong.headers.get("range"), "0-1");
      assert.equal(wrong.headers.get("location"), location);
    }
    const wrongEnd = await registry.send("PUT", `${location}?digest=${HELLO}`, {
      body: "lo",
      headers: { "content-range": "3-4" },
    });
    assert.equal(wrongEnd.status, 416);

    const state = await registry.send("GET", `${location}?digest=${HELLO}`);
    assert.equal(state.status, 204);
    assert.equal(state.headers.get("range"), "0-1");
    await patch(registry, location, { body: "l", range: "2-2" });
    const done = await registry.send("PUT", `${location}?digest=${HELLO}`, {
      body: "lo",
      headers: { "content-range": "3-4" },
    });
    assert.equal(done.status, 201);
    assert.equal(await blobText(registry, HELLO), "hello");
  });
});

Deno.test("a chunk that is not as long as it says is forgotten", async () => {
  await withRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    await patch(registry, location, { body: "he" });
    const declared = await patch(registry, location, {
      body: "llo",
      range: "2-3",
    });
    assert.equal(declared.status, 400);
    assert.equal(errorCode(declared), "SIZE_INVALID");
    // Without a Content-Length only counting shows it.
    const counted = await registry.send("PATCH", location, {
      body: ReadableStream.from([bytesOf("llo")]),
      headers: { "content-range": "2-3" },
    });
    assert.equal(counted.status, 400);
    const state = await registry.send("GET", location);
    assert.equal(state.headers.get("range"), "0-1");
    await registry.send("PATCH", location, {
      body: ReadableStream.from([bytesOf("llo")]),
      headers: { "content-range": "2-4" },
    });
    const { status } = await registry.send(
      "PUT",
      `${location}?digest=${HELLO}`,
    );
    assert.equal(status, 201);
  });
});

Deno.test("a blob is known by the digest that its push ends with", async () => {
  await withRegistry(async (registry) => {
    const streamed = await openUpload(registry, "a");
    await patch(registry, streamed, { body: "hello" });
    const late = await registry.send("PUT", `${streamed}?digest=${HELLO_512}`);
    assert.equal(late.status, 201);
    assert.equal(late.headers.get("docker-content-digest"), HELLO_512);
    assert.equal(await blobText(registry, HELLO_512), "hello");

    const announced = await registry.send(
      "POST",
      "/v2/a/blobs/uploads/?digest-algorithm=sha512",
    );
    const location = announced.headers.get("location") ?? "";
    await patch(registry, location, { body: "hello" });
    const { status } = await registry.send(
      "PUT",
      `${location}?digest=${HELLO_512}`,
    );
    assert.equal(status, 201);
    const unknown = await registry.send(
      "POST",
      "/v2/a/blobs/uploads/?digest-algorithm=md5",
    );
    assert.equal(unknown.status, 400);
  });
});

Deno.test("bytes of another digest never become a blob", async () => {
  await withRegistry(async (registry) => {
    const single = await registry.send(
      "POST",
      `/v2/a/blobs/uploads/?digest=${HELLO}`,
      { body: "hullo" },
    );
    assert.equal(single.status, 400);
    assert.equal(errorCode(single), "DIGEST_INVALID");
    const location = await openUpload(registry, "a");
    const put = await registry.send("PUT", `${location}?digest=${HELLO}`, {
      body: "hullo",
    });
    assert.equal(put.status, 400);
    assert.equal(
      (await registry.send("HEAD", `/v2/a/blobs/${HELLO}`)).status,
      404,
    );
    assert.equal((await registry.send("GET", location)).status, 404);
    const missing = await registry.send(
      "PUT",
      await openUpload(registry, "a"),
      { body: "hello" },
    );
    assert.equal(missing.status, 400);
    assert.equal(errorCode(missing), "DIGEST_INVALID");
  });
});

Deno.test("DELETE gives an upload up", async () => {
  await withRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    await patch(registry, location, { body: "hello" });
    assert.equal((await registry.send("DELETE", location)).status, 204);
    for (const method of ["GET", "DELETE", "PATCH"]) {
      assert.equal((await registry.send(method, location)).status, 404);
    }
  });
});

Deno.test("a session belongs to its repository", async () => {
  await withRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    const other = location.replace("/v2/a/", "/v2/b/");
    assert.equal((await registry.send("GET", other)).status, 404);
    for (const id of ["x", "..%2f..%2fa", "00000000-0000-0000-0000-00000000"]) {
      const path = `/v2/a/blobs/uploads/${id}`;
      const { status } = await registry.send("GET", path);
      assert.equal(status, 404, id);
    }
  });
});

Deno.test("a mount takes a blob from the repository that it names, or from any", async () => {
  await withRegistry(async (registry) => {
    await pushBlob(registry, "a", "hello");
    const mount = (repository: string, query: string) =>
      registry.send("POST", `/v2/${repository}/blobs/uploads/?${query}`);
    const named = await mount("b", `mount=${HELLO}&from=a`);
    assert.equal(named.status, 201);
    assert.equal(named.headers.get("location"), `/v2/b/blobs/${HELLO}`);
    const any = await mount("c", `mount=${HELLO}`);
    assert.equal(any.status, 201);
    for (const repository of ["b", "c"]) {
      const path = `/v2/${repository}/blobs/${HELLO}`;
      assert.equal((await registry.send("HEAD", path)).status, 200);
    }
    for (const from of ["empty", "..", "A"]) {
      const absent = await mount("d", `mount=${HELLO}&from=${from}`);
      assert.equal(absent.status, 202, from);
      const location = absent.headers.get("location") ?? "";
      const put = await registry.send("PUT", `${location}?digest=${HELLO}`, {
        body: "hello",
      });
      assert.equal(put.status, 201);
    }
  });
});

/** Sends the first bytes of a chunk, and waits until some are on the disk. */
async function sendPart(
  registry: TestRegistry,
  location: string,
  content: string,
): Promise<RawClient> {
  const client = await RawClient.connect(registry);
  await client.send(
    `PATCH ${location} HTTP/1.1\r\nHost: a\r\n` +
      `Content-Length: ${content.length}\r\n` +
      `Content-Range: 0-${content.length - 1}\r\n\r\n` +
      content.slice(0, 600_000),
  );
  await until(async () => await offsetOf(registry, location) > 1);
  return client;
}

async function offsetOf(
  registry: TestRegistry,
  location: string,
): Promise<number> {
  const { headers } = await registry.send("GET", location);
  return 1 + Number(headers.get("range")?.split("-")[1]);
}

/** Sends the rest of a blob as a client does that lost its connection. */
async function sendRest(
  registry: TestRegistry,
  location: string,
  content: string,
): Promise<void> {
  await until(async () => {
    const offset = await offsetOf(registry, location);
    const answer = await patch(registry, location, {
      body: content.slice(offset),
      range: `${offset}-${content.length - 1}`,
    });
    return answer.status === 202;
  });
  const digest = digestOf(bytesOf(content));
  const { status } = await registry.send("PUT", `${location}?digest=${digest}`);
  assert.equal(status, 201);
  assert.equal(await blobText(registry, digest), content);
}

const LONG = "0123456789".repeat(100_000);

Deno.test("what came before a broken connection counts", async () => {
  await withRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    const client = await sendPart(registry, location, LONG);
    client.close();
    // It reads on what had come, after the connection is gone.
    await until(async () => await offsetOf(registry, location) >= 500_000);
    assert.ok(await offsetOf(registry, location) <= 600_000);
    await sendRest(registry, location, LONG);
  });
});

Deno.test("a chunk takes the place of one that hangs on a dead connection", async () => {
  await withRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    const dead = await sendPart(registry, location, LONG);
    // A stream cannot say where it belongs, so it has to wait for its turn.
    const stream = await patch(registry, location, { body: "x" });
    assert.equal(stream.status, 416);
    await sendRest(registry, location, LONG);
    dead.close();
  });
});

Deno.test("a close takes its turn after a request whose answer was lost", async () => {
  await withDirectory(async (directory) => {
    const store = await RegistryStore.open(directory);
    try {
      const session = await store.uploads.create("a");
      const body = ReadableStream.from([bytesOf("hello")]);
      await session.append(body, { signal: new AbortController().signal });
      const running = session.exclusively(async (signal) => {
        await new Promise((resolve) => signal.onabort = resolve);
        assert.equal(session.closed, false);
      });
      const reply = await putUpload(store, session, {
        method: "PUT",
        headers: new Headers({ "content-length": "0" }),
        query: new URLSearchParams({ digest: HELLO }),
        body: null,
        traffic: { received: 0 },
      });
      await running;
      assert.equal(reply.status, 201);
    } finally {
      store.close();
    }
  });
});

Deno.test("a client that sends nothing is given up", async () => {
  await withRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    const client = await RawClient.connect(registry);
    await client.send(
      `PATCH ${location} HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhel`,
    );
    const answer = await client.receive(/\}\]\}/);
    assert.match(answer, /^HTTP\/1\.1 408 /);
    assert.match(answer, /fewer than 65536 bytes came in 100 ms/);
    client.close();
    const { headers } = await registry.send("GET", location);
    assert.equal(headers.get("range"), "0-2");
  }, { idleTimeout: 100 });
});

Deno.test("an upload goes on after a restart where it was", async () => {
  await withRegistry(async (registry) => {
    const location = await openUpload(registry, "a");
    await patch(registry, location, { body: "hel", range: "0-2" });
    await registry.server.shutdown();
    await withRegistryOn(registry.dataDir, async (again) => {
      const state = await again.send("GET", location);
      assert.equal(state.headers.get("range"), "0-2");
      await patch(again, location, { body: "lo", range: "3-4" });
      const { status } = await again.send("PUT", `${location}?digest=${HELLO}`);
      assert.equal(status, 201);
      assert.equal(await blobText(again, HELLO), "hello");
    });
  });
});

Deno.test("two uploads of one blob both end well", async () => {
  await withRegistry(async (registry) => {
    const content = "y".repeat(3_000_000);
    const digest = digestOf(bytesOf(content));
    const pushes = ["a", "a", "b", "b"].map((it) =>
      pushBlob(registry, it, content)
    );
    assert.deepEqual(await Promise.all(pushes), Array(4).fill(digest));
    assert.equal((await blobText(registry, digest)).length, 3_000_000);
  });
});

Deno.test("sessions and bytes are bounded", async () => {
  await withRegistry(async (registry) => {
    await openUpload(registry, "a");
    const location = await openUpload(registry, "a");
    const third = await registry.send("POST", "/v2/a/blobs/uploads/");
    assert.equal(third.status, 429);
    assert.equal(errorCode(third), "TOOMANYREQUESTS");
    assert.equal(third.headers.get("retry-after"), "10");

    await patch(registry, location, { body: "0123456789" });
    const full = await patch(registry, location, { body: "x" });
    assert.equal(full.status, 507);
    assert.equal(errorCode(full), "STORAGE_FULL");
    const state = await registry.send("GET", location);
    assert.equal(state.headers.get("range"), "0-9");
    // What is given up makes room.
    await registry.send("DELETE", location);
    await pushBlob(registry, "a", "9876543210");
  }, { maxUploads: 2, maxSize: 10 });
});
