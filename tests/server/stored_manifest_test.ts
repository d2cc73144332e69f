import { strict as assert } from "node:assert";
import { parseDigest } from "../../src/oci/digest.ts";
import { DocumentSyntaxError } from "../../src/oci/json_document.ts";
import {
  parseStoredManifest,
  readSubject,
  referrerDescriptor,
} from "../../src/server/stored_manifest.ts";
import {
  bytesOf,
  imageIndex,
  imageManifest,
  INDEX,
  MANIFEST,
} from "./registry_fixture.ts";

const A = parseDigest(`sha256:${"a".repeat(64)}`);
const B = parseDigest(`sha256:${"b".repeat(64)}`);
const CONFIG = "application/vnd.oci.image.config.v1+json";

function parse(document: string) {
  return parseStoredManifest(bytesOf(document), "the manifest");
}

Deno.test("parseStoredManifest() reads what an image needs", () => {
  const document = imageManifest({ config: A, layers: [B, B], subject: B });
  assert.deepEqual(parse(document), {
    mediaType: MANIFEST,
    manifests: [],
    blobs: [A, B],
    subject: B,
    referrer: { mediaType: MANIFEST, artifactType: CONFIG },
  });
});

Deno.test("parseStoredManifest() reads what an index lists", () => {
  assert.deepEqual(parse(imageIndex([A, B, A])), {
    mediaType: INDEX,
    manifests: [A, B],
    blobs: [],
    referrer: { mediaType: INDEX },
  });
  const bare = '{"schemaVersion":2,"manifests":null}';
  assert.equal(parse(bare).mediaType, INDEX);
});

Deno.test("parseStoredManifest() bounds what is to be looked up", () => {
  const layers = Array(10_001).fill(B);
  assert.throws(
    () => parse(imageManifest({ config: A, layers })),
    /layers has 10001 entries, must have at most 10000/,
  );
  assert.throws(() => parse("{"), DocumentSyntaxError);
});

Deno.test("referrerDescriptor() says what a manifest is", () => {
  const document = imageManifest({
    config: A,
    artifactType: "application/x",
    annotations: { a: "b" },
  });
  assert.deepEqual(referrerDescriptor(bytesOf(document), A), {
    mediaType: MANIFEST,
    artifactType: "application/x",
    annotations: { a: "b" },
    digest: A,
    size: document.length,
  });
});

Deno.test("readSubject() takes what it cannot read for about nothing", () => {
  const document = imageManifest({ config: A, subject: B });
  assert.equal(readSubject(bytesOf(document)), B);
  assert.equal(readSubject(bytesOf('{"schemaVersion":1}')), undefined);
});
