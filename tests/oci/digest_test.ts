import { strict as assert } from "node:assert";
import {
  type Digest,
  digestAlgorithm,
  digestEncoded,
  Digester,
  digestOf,
  DigestSyntaxError,
  isDigest,
  parseDigest,
} from "../../src/oci/digest.ts";

const EMPTY =
  "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

Deno.test("parseDigest() accepts sha256, sha512 and unknown algorithms", () => {
  for (
    const text of [
      EMPTY,
      `sha512:${"0".repeat(128)}`,
      "blake3+b64:abc=_-",
    ]
  ) {
    assert.equal(parseDigest(text), text);
  }
});

Deno.test("parseDigest() rejects what is not a digest", () => {
  const rejected = [
    "",
    "sha256",
    "sha256:",
    ":abc",
    `sha256:${"a".repeat(63)}`,
    `sha256:${"a".repeat(65)}`,
    `sha256:${"A".repeat(64)}`,
    `sha256:${"g".repeat(64)}`,
    `SHA256:${"a".repeat(64)}`,
    `sha512:${"a".repeat(64)}`,
    `sha256:${"a".repeat(64)}\n`,
    `sha256:../${"a".repeat(61)}`,
  ];
  for (const text of rejected) {
    assert.throws(() => parseDigest(text), DigestSyntaxError, text);
    assert.equal(isDigest(text), false);
  }
});

Deno.test("DigestSyntaxError says what was wanted", () => {
  assert.throws(() => parseDigest("sha256:abc"), {
    message:
      'Cannot parse the digest "sha256:abc": sha256 needs 64 lower-case hex characters',
    input: "sha256:abc",
  });
});

Deno.test("digestOf() and Digester agree with the published digest", () => {
  assert.equal(digestOf(new Uint8Array()), EMPTY);
  const digester = new Digester();
  const text = new TextEncoder().encode("hello world");
  digester.update(text.subarray(0, 3));
  digester.update(text.subarray(3));
  assert.equal(
    digester.digest(),
    "sha256:b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
  );
});

Deno.test("digestAlgorithm() refuses what cannot be verified", () => {
  const digest: Digest = parseDigest("md5:abc");
  assert.equal(digestAlgorithm(parseDigest(EMPTY)), "sha256");
  assert.throws(() => digestAlgorithm(digest), {
    name: "RangeError",
    message:
      'Cannot verify "md5:abc": the algorithm "md5" is not supported, must be sha256 or sha512',
  });
});

Deno.test("digestEncoded() returns the part behind the colon", () => {
  assert.equal(digestEncoded(parseDigest("md5:abc")), "abc");
});
