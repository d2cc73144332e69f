import { strict as assert } from "node:assert";
import { ContentMismatchError } from "../../src/content/content_mismatch_error.ts";
import { verifyBytes, verifyStream } from "../../src/content/verify.ts";
import { digestOf, parseDigest } from "../../src/oci/digest.ts";
import { streamOf } from "../support/memory_store.ts";

const BYTES = new TextEncoder().encode("hello");
const IDENTITY = { digest: digestOf(BYTES), size: 5 };

async function pass(bytes: Uint8Array, expected = IDENTITY): Promise<number> {
  const stream = streamOf(bytes).pipeThrough(
    verifyStream(expected, "the blob"),
  );
  return (await new Response(stream).bytes()).length;
}

Deno.test("verifyStream() passes bytes that are what was said", async () => {
  assert.equal(await pass(BYTES), 5);
  const digest = digestOf(new Uint8Array());
  assert.equal(await pass(new Uint8Array(), { digest, size: 0 }), 0);
});

Deno.test("verifyStream() fails when a byte differs", async () => {
  const error = await pass(new TextEncoder().encode("hellO")).catch((e) => e);
  assert.ok(error instanceof ContentMismatchError);
  assert.match(
    error.message,
    /^Cannot accept the blob: its digest is sha256:[0-9a-f]{64}, must be sha256:2cf24dba/,
  );
  assert.equal(error.expected.digest, IDENTITY.digest);
});

Deno.test("verifyStream() fails when bytes are missing", async () => {
  await assert.rejects(pass(BYTES.subarray(1)), {
    name: "ContentMismatchError",
    message: "Cannot accept the blob: it has 4 bytes, must have 5",
  });
});

Deno.test("verifyStream() fails before the end when there are too many bytes", async () => {
  await assert.rejects(pass(new Uint8Array(20)), {
    message: "Cannot accept the blob: it has at least 10 bytes, must have 5",
  });
});

Deno.test("verifyStream() refuses a digest that it cannot compute", () => {
  assert.throws(
    () => verifyStream({ digest: parseDigest("md5:abc"), size: 1 }, "x"),
    RangeError,
  );
});

Deno.test("verifyBytes() checks size and digest", () => {
  verifyBytes(BYTES, IDENTITY, "the blob");
  assert.throws(() => verifyBytes(BYTES.subarray(1), IDENTITY, "the blob"), {
    message: "Cannot accept the blob: it has 4 bytes, must have 5",
  });
  const wrong = { digest: digestOf(BYTES.subarray(1)), size: 5 };
  assert.throws(
    () => verifyBytes(BYTES, wrong, "the blob"),
    ContentMismatchError,
  );
});
