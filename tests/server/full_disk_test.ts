/** A registry whose disk is full answers an error and loses nothing. */
import { strict as assert } from "node:assert";
import { digestOf } from "../../src/oci/digest.ts";
import { checkStore } from "../../src/server/store_check.ts";
import { withDirectory } from "./registry_fixture.ts";
import { ServerProcess } from "./server_process.ts";

async function send(
  url: string,
  method: string,
  init: RequestInit = {},
): Promise<{ status: number; headers: Headers; text: string }> {
  const response = await fetch(url, { ...init, method });
  const { status, headers } = response;
  return { status, headers, text: await response.text() };
}

Deno.test({
  name: "a registry whose disk is full loses nothing and goes on",
  ignore: Deno.build.os === "windows",
  async fn() {
    await withDirectory(async (directory) => {
      const server = new ServerProcess(directory, { maxFileBlocks: 2048 });
      await server.start();
      try {
        await pushTooMuch(server.url);
      } finally {
        await server.kill();
      }
      const { problems, blobs } = await checkStore(server.dataDir);
      assert.deepEqual(problems, []);
      assert.equal(blobs, 1);
    });
  },
});

async function pushTooMuch(url: string): Promise<void> {
  const post = await send(`${url}/v2/a/blobs/uploads/`, "POST");
  const session = url + post.headers.get("location");
  const patch = (start: number, bytes: Uint8Array<ArrayBuffer>) =>
    send(session, "PATCH", {
      headers: { "content-range": `${start}-${start + bytes.length - 1}` },
      body: bytes,
    });
  const blob = new Uint8Array(700_000).fill(7);
  assert.equal((await patch(0, blob.slice(0, 600_000))).status, 202);

  const tooMuch = await patch(600_000, new Uint8Array(400_000 + 2_000_000));
  assert.equal(tooMuch.status, 507);
  assert.equal(JSON.parse(tooMuch.text).errors[0].code, "STORAGE_FULL");
  const state = await send(session, "GET");
  assert.equal(state.headers.get("range"), "0-599999");

  // The client goes on with what has room.
  assert.equal((await patch(600_000, blob.slice(600_000))).status, 202);
  const digest = digestOf(blob);
  const put = await send(`${session}?digest=${digest}`, "PUT");
  assert.equal(put.status, 201, put.text);
  const head = await send(`${url}/v2/a/blobs/${digest}`, "HEAD");
  assert.equal(head.headers.get("content-length"), "700000");
  const { text } = await send(`${url}/metrics`, "GET");
  assert.match(text, /k8scr_registry_storage_bytes 700000\n/);
}
