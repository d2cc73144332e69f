import type { ByteSource } from "../../src/kube/http_head.ts";

/** Gives out pieces of text as bytes, one piece for each read. */
export function fakeBytes(...pieces: string[]): ByteSource {
  const left = pieces.map((piece) => new TextEncoder().encode(piece));
  return {
    read: () => Promise.resolve(left.shift() ?? null),
    unread: (bytes) => {
      if (bytes.length > 0) left.unshift(new Uint8Array(bytes));
    },
  };
}

/** Reads all that is left as text. */
export async function restOf(source: ByteSource): Promise<string> {
  let text = "";
  for (
    let bytes = await source.read();
    bytes !== null;
    bytes = await source.read()
  ) {
    text += new TextDecoder().decode(bytes);
  }
  return text;
}
