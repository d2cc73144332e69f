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
  const tooMuch = new Uint8Array(3_000_000).fill(7);
  const patch = (start: number, end: number) =>
    send(session, "PATCH", {
      headers: { "content-range": `${start}-${end - 1}` },
      body: tooMuch.slice(start, end),
    });
  assert.equal((await patch(0, 600_000)).status, 202);

  const full = await patch(600_000, tooMuch.length);
  assert.equal(full.status, 507);
  assert.equal(JSON.parse(full.text).errors[0].code, "STORAGE_FULL");
  const state = await send(session, "GET");
  const last = Number(state.headers.get("range")?.replace("0-", ""));
  assert.ok(last >= 599_999 && last < 1_048_576, `${last}`);

  // What had room is there, and good.
  const blob = tooMuch.slice(0, last + 1);
  const digest = digestOf(blob);
  const put = await send(`${session}?digest=${digest}`, "PUT");
  assert.equal(put.status, 201, put.text);
  const head = await send(`${url}/v2/a/blobs/${digest}`, "HEAD");
  assert.equal(head.headers.get("content-length"), `${blob.length}`);
  const { text } = await send(`${url}/metrics`, "GET");
  const stored = `k8scr_registry_storage_bytes ${blob.length}\n`;
  assert.ok(text.includes(stored), text);
}
