import { type Digest, digestAlgorithm, Digester } from "../oci/digest.ts";
import {
  type ContentIdentity,
  ContentMismatchError,
} from "./content_mismatch_error.ts";

/**
 * Passes bytes through and fails at their end, or as soon as there are too
 * many, when size or digest is not what was said.
 *
 * @param what the content, as it is called in messages: `the layer sha256:…`
 */
export function verifyStream(
  expected: Required<ContentIdentity>,
  what: string,
): TransformStream<Uint8Array, Uint8Array> {
  const digester = new Digester(digestAlgorithm(expected.digest));
  let size = 0;
  return new TransformStream({
    transform(bytes, controller) {
      size += bytes.length;
      if (size > expected.size) throw sizeMismatch(what, expected, size);
      digester.update(bytes);
      controller.enqueue(bytes);
    },
    flush() {
      if (size !== expected.size) throw sizeMismatch(what, expected, size);
      checkDigest(what, expected, digester.digest());
    },
  });
}

/**
 * Checks bytes that are in memory.
 *
 * @throws {ContentMismatchError} when size or digest is not what was said
 */
export function verifyBytes(
  bytes: Uint8Array,
  expected: Required<ContentIdentity>,
  what: string,
): void {
  if (bytes.length !== expected.size) {
    throw sizeMismatch(what, expected, bytes.length);
  }
  const digester = new Digester(digestAlgorithm(expected.digest));
  digester.update(bytes);
  checkDigest(what, expected, digester.digest());
}

/** Makes the error for content of the wrong size, read as far as `size`. */
export function sizeMismatch(
  what: string,
  expected: ContentIdentity,
  size: number,
): ContentMismatchError {
  const more = size > (expected.size ?? 0) ? "at least " : "";
  return new ContentMismatchError(
    `Cannot accept ${what}: it has ${more}${size} bytes, must have ${expected.size}`,
    expected,
    { size },
  );
}

/**
 * Checks the digest of content that was read to its end.
 *
 * @throws {ContentMismatchError} when it is not the expected one
 */
export function checkDigest(
  what: string,
  expected: ContentIdentity,
  digest: Digest,
): void {
  if (digest === expected.digest) return;
  throw new ContentMismatchError(
    `Cannot accept ${what}: its digest is ${digest}, must be ${expected.digest}`,
    expected,
    { digest },
  );
}
