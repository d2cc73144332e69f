import { strict as assert } from "node:assert";
import { ApiError } from "../../src/server/api_error.ts";
import { readSmallBody } from "../../src/server/small_body.ts";
import { bytesOf } from "./registry_fixture.ts";

function read(
  body: ReadableStream<Uint8Array> | null,
): Promise<Uint8Array> {
  return readSmallBody(body, {
    maxSize: 5,
    idleTimeout: 60_000,
    traffic: { received: 0 },
    what: "the manifest",
  });
}

Deno.test("readSmallBody() joins the pieces", async () => {
  const body = ReadableStream.from(["he", "", "llo"].map(bytesOf));
  assert.deepEqual(await read(body), bytesOf("hello"));
  assert.deepEqual(await read(null), new Uint8Array());
});

Deno.test("readSmallBody() refuses a body that is too large", async () => {
  const body = ReadableStream.from(["hello", "!"].map(bytesOf));
  await assert.rejects(
    read(body),
    (error) =>
      error instanceof ApiError && error.status === 413 &&
      error.message ===
        "Cannot accept the manifest: it has more than 5 bytes",
  );
});

Deno.test("readSmallBody() refuses a body that breaks", async () => {
  const body = new ReadableStream({ start: (it) => it.error(new Error()) });
  await assert.rejects(
    read(body),
    (error) => error instanceof ApiError && error.status === 400,
  );
});
