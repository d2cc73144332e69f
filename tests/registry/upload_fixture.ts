import type { BlobContent } from "../../src/content/blob_content.ts";
import type { RetryOptions } from "../../src/http/backoff.ts";
import type { Transport } from "../../src/http/transport.ts";
import { type Digest, parseDigest } from "../../src/oci/digest.ts";
import { ChunkPolicy } from "../../src/registry/chunk_policy.ts";
import { RegistryClient } from "../../src/registry/registry_client.ts";
import type { UploadLocation } from "../../src/registry/upload_location.ts";
import { parseUploadLocation } from "../../src/registry/upload_location.ts";
import { UploadSession } from "../../src/registry/upload_session.ts";
import type { UploadScope } from "../../src/registry/upload_state.ts";

/** SHA-256 of `abcdefghij`. */
export const TEN_DIGEST: Digest = parseDigest(
  "sha256:72399361da6a7754fec986dca5b7cbaf1c810a28ded4abaf56b2106d06cb78b0",
);

/** SHA-256 of `abcd`. */
export const FOUR_DIGEST: Digest = parseDigest(
  "sha256:88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589",
);

/** SHA-256 of no bytes. */
export const EMPTY_DIGEST: Digest = parseDigest(
  "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
);

/** SHA-256 of 1 MiB of zero bytes. */
export const ZEROS_DIGEST: Digest = parseDigest(
  "sha256:30e14955ebf1352266dc2ff8067e68104607e750abb9d3b36582b8af909fcb58",
);

/** Patience that no test waits for: only a sleep moves the clock. */
export function quickRetry(options: RetryOptions = {}): RetryOptions {
  let time = 0;
  return {
    now: () => time,
    sleep: (milliseconds) => {
      time += milliseconds;
      return Promise.resolve();
    },
    random: () => 0,
    ...options,
  };
}

/** The repository `a`, with chunks of 4 bytes unless told otherwise. */
export function scopeOf(
  transport: Transport,
  options: { chunkSize?: number; retry?: RetryOptions } = {},
): UploadScope {
  return {
    client: new RegistryClient(transport, { retry: quickRetry(options.retry) }),
    policy: new ChunkPolicy({ chunkSize: options.chunkSize ?? 4 }),
    repository: "a",
  };
}

/** An upload location of the repository `a`. */
export function locationOf(text: string): UploadLocation {
  const location = parseUploadLocation(text, "a");
  if (location === undefined) throw new Error(`Cannot use "${text}"`);
  return location;
}

/** A session of the repository `a`. */
export function sessionOf(scope: UploadScope, location: string): UploadSession {
  return new UploadSession(scope, locationOf(location));
}

/** Content that counts how often it is opened. */
export interface TestContent extends BlobContent {
  /** How often it was opened. */
  opened: number;
}

/** Content of a text, in pieces of 3 bytes. */
export function contentOf(
  text: string,
  known: { digest?: Digest; size?: number } = {},
): TestContent {
  const bytes = new TextEncoder().encode(text);
  const content = {
    mediaType: "application/octet-stream",
    opened: 0,
    open: (offset = 0) => {
      content.opened += 1;
      return Promise.resolve(streamOf(bytes.subarray(offset), 3));
    },
    ...known,
  };
  return content;
}

/** The blob `abcdefghij`, of which everything is known. */
export function tenBytes(): TestContent {
  return contentOf("abcdefghij", { digest: TEN_DIGEST, size: 10 });
}

/** 1 MiB of zero bytes, of which everything is known. */
export function zeros(): BlobContent {
  return {
    mediaType: "application/octet-stream",
    digest: ZEROS_DIGEST,
    size: 1_048_576,
    open: () => Promise.resolve(streamOf(new Uint8Array(1_048_576), 100_000)),
  };
}

/** A stream of bytes in pieces of one size. */
export function streamOf(
  bytes: Uint8Array,
  pieceSize: number,
): ReadableStream<Uint8Array> {
  let offset = 0;
  return new ReadableStream({
    pull(controller) {
      if (offset >= bytes.length) return controller.close();
      controller.enqueue(bytes.subarray(offset, offset + pieceSize));
      offset += pieceSize;
    },
  });
}
