import { join } from "node:path";
import { concatBytes } from "./tar_builder.ts";

/** A temporary folder that is deleted at the end of the block. */
export interface TempDir extends AsyncDisposable {
  /** Its path. */
  readonly path: string;
  /** Returns the path of a file in it. */
  file(name: string): string;
  /** Writes a file into it and returns its path. */
  write(name: string, bytes: Uint8Array): Promise<string>;
  /** Names of what is in it, sorted. */
  names(): string[];
}

/** Makes a temporary folder. */
export async function tempDir(): Promise<TempDir> {
  const path = await Deno.makeTempDir({ prefix: "k8scr-test-" });
  const file = (name: string) => join(path, name);
  return {
    path,
    file,
    async write(name, bytes) {
      await Deno.writeFile(file(name), bytes);
      return file(name);
    },
    names: () => [...Deno.readDirSync(path)].map(({ name }) => name).sort(),
    [Symbol.asyncDispose]: () => Deno.remove(path, { recursive: true }),
  };
}

/** Reads a stream to its end. */
export async function readAll(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of stream) pieces.push(piece);
  return concatBytes(pieces);
}

/** Reads a stream of text to its end. */
export async function readText(
  stream: ReadableStream<Uint8Array>,
): Promise<string> {
  return new TextDecoder().decode(await readAll(stream));
}
