import { strict as assert } from "node:assert";
import { blobPath } from "../../src/layout/blob_path.ts";
import { parseDigest } from "../../src/oci/digest.ts";

Deno.test("blobPath() is made of the digest alone", () => {
  const digest = parseDigest(`sha256:${"a".repeat(64)}`);
  assert.equal(blobPath(digest), `blobs/sha256/${"a".repeat(64)}`);
});

Deno.test("blobPath() refuses an algorithm that cannot be verified", () => {
  assert.throws(() => blobPath(parseDigest("md5:abc")), RangeError);
});
