import { type Digest, digestAlgorithm, Digester } from "../oci/digest.ts";
import type { BlobContent } from "./blob_content.ts";
import type { ContentIdentity } from "./content_mismatch_error.ts";
import { checkDigest, sizeMismatch } from "./verify.ts";

/** The first bytes of a blob, which need not be read again. */
export interface ReceivedStart {
  /** How many they are. */
  readonly size: number;
  /** Has taken them in. */
  readonly digester: Digester;
}

/** Options for {@linkcode receiveBlob}. */
export interface ReceiveOptions {
  /** Takes the next bytes; the next are read after it is done. */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** What is there already. */
  readonly start?: ReceivedStart;
  /** Ends it. */
  readonly signal?: AbortSignal;
  /** Called with the number of bytes that are there, `start` included. */
  readonly onProgress?: (bytes: number) => void;
}

/** A blob that arrived whole and is what it was said to be. */
export interface ReceivedBlob {
  /** Digest of its bytes. */
  readonly digest: Digest;
  /** Number of its bytes. */
  readonly size: number;
  /** Bytes that were read for it now. */
  readonly bytesRead: number;
}

/**
 * Reads a blob once, from where it stood, and hands it on piece by piece. It is
 * verified at its end, or as soon as there are too many bytes.
 *
 * @throws {ContentMismatchError} when size or digest is not what was said
 */
export async function receiveBlob(
  content: BlobContent,
  options: ReceiveOptions,
): Promise<ReceivedBlob> {
  const { write, start, signal, onProgress } = options;
  const expected = identityOf(content);
  const digester = start?.digester ??
    new Digester(content.digest && digestAlgorithm(content.digest));
  const what = `the blob ${content.digest ?? content.mediaType}`;
  const from = start?.size ?? 0;
  let size = from;
  for await (const bytes of readUntilAborted(content, from, signal)) {
    size += bytes.length;
    if (size > (expected.size ?? Infinity)) {
      throw sizeMismatch(what, expected, size);
    }
    digester.update(bytes);
    await write(bytes);
    onProgress?.(size);
  }
  if (expected.size !== undefined && size !== expected.size) {
    throw sizeMismatch(what, expected, size);
  }
  const digest = digester.digest();
  if (expected.digest !== undefined) checkDigest(what, expected, digest);
  return { digest, size, bytesRead: size - from };
}

function identityOf({ digest, size }: BlobContent): ContentIdentity {
  return {
    ...digest !== undefined && { digest },
    ...size !== undefined && { size },
  };
}

async function* readUntilAborted(
  content: BlobContent,
  offset: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array> {
  signal?.throwIfAborted();
  const reader = (await openUnlessAborted(content, offset, signal)).getReader();
  // A read that waits for bytes must end with the signal too; how the stream
  // takes that does not matter then.
  const stop = () => void reader.cancel(signal?.reason).catch(() => {});
  signal?.addEventListener("abort", stop);
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return;
      yield value;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    // What broke by itself tells its error a second time here.
    await reader.cancel().catch(() => {});
  }
}

/** A source that does not answer is given up with the signal. */
async function openUnlessAborted(
  content: BlobContent,
  offset: number,
  signal: AbortSignal | undefined,
): Promise<ReadableStream<Uint8Array>> {
  const opening = content.open(offset);
  if (signal === undefined) return await opening;
  const aborted = Promise.withResolvers<never>();
  const stop = () => aborted.reject(signal.reason);
  signal.addEventListener("abort", stop);
  try {
    return await Promise.race([opening, aborted.promise]);
  } catch (error) {
    // It may open yet, for nobody.
    opening.then((stream) => stream.cancel(error), () => {}).catch(() => {});
    throw error;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
