import xz from "xz-decompress";

/** Error codes of XZ Embedded, as far as they say more than "damaged". */
const FAULTS: Readonly<Record<string, string>> = {
  "4":
    "Its dictionary is larger than 64 MiB, which k8scr cannot read: use xz -d before",
  "6": "It has a filter or a check that k8scr cannot read: use xz -d before",
  "8": "The xz data ends too early, or something else follows it",
};

/**
 * Decompresses xz, any number of streams.
 *
 * @throws {SyntaxError} when the data is damaged, truncated or of a kind that
 *   XZ Embedded does not read
 * @see https://tukaani.org/xz/xz-file-format.txt
 */
export async function* decompressXz(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const stream = new xz.XzReadableStream(ReadableStream.from(filled(input)));
  try {
    for await (const bytes of stream) {
      if (bytes.length > 0) yield bytes;
    }
  } catch (error) {
    throw explain(error);
  }
}

/** An empty piece would be taken for the end. */
async function* filled(
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  for await (const bytes of input) {
    if (bytes.length > 0) yield bytes;
  }
}

function explain(error: unknown): SyntaxError {
  const message = error instanceof Error ? error.message : "";
  const code = /error code (\d+)$/.exec(message)?.[1] ?? "";
  return new SyntaxError(FAULTS[code] ?? "The xz data is damaged", {
    cause: error,
  });
}
