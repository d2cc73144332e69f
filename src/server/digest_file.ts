import { type Digest, type DigestAlgorithm, Digester } from "../oci/digest.ts";

/** Bytes that are digested at once when a file has to be read again. */
const REREAD_BLOCK = 1024 * 1024;

/** Options for {@linkcode digestFile}. */
export interface DigestFileOptions {
  /** Gives the reading up. */
  readonly signal?: AbortSignal | undefined;
}

/** Reads a file and returns its digest. */
export async function digestFile(
  path: string,
  algorithm: DigestAlgorithm,
  { signal }: DigestFileOptions = {},
): Promise<Digest> {
  const digester = new Digester(algorithm);
  using file = await Deno.open(path, { read: true });
  const block = new Uint8Array(REREAD_BLOCK);
  for (;;) {
    signal?.throwIfAborted();
    const read = await file.read(block);
    if (read === null) return digester.digest();
    digester.update(block.subarray(0, read));
  }
}
