/// <reference lib="deno.worker" />
import { Digester } from "../oci/digest.ts";
import type { DigestOrder, DigestReport } from "./digest_protocol.ts";

/** Bytes that are read at once; they are digested while the processor has them. */
const BLOCK_SIZE = 256 * 1024;
/** Bytes of a file after which another one has its turn: some milliseconds. */
const TURN_SIZE = 8 * 1024 * 1024;

/**
 * The worker thread that digests files while they grow. It imports next to
 * nothing, because each worker holds its own copy of what it imports.
 */
const files = new Map<number, GrowingFile>();
const block = new Uint8Array(BLOCK_SIZE);
let isRunning = false;

self.onmessage = ({ data }: MessageEvent<DigestOrder>) => {
  take(data);
  run();
};

function take(order: DigestOrder): void {
  switch (order.type) {
    case "start": {
      const digester = new Digester(order.algorithm);
      files.set(order.id, new GrowingFile(order.path, digester));
      return;
    }
    case "advance":
      return files.get(order.id)?.advance(order.end);
    case "finish":
      return files.get(order.id)?.finish();
    case "drop":
      files.delete(order.id);
  }
}

/** Gives each file with bytes to read a turn, until there is none. */
async function run(): Promise<void> {
  if (isRunning) return;
  isRunning = true;
  for (;;) {
    const next = [...files].find(([, file]) => file.isWaiting);
    if (next === undefined) break;
    await giveTurn(...next);
  }
  isRunning = false;
}

async function giveTurn(id: number, file: GrowingFile): Promise<void> {
  // It comes last when the next turn is given.
  files.delete(id);
  files.set(id, file);
  const report = await digestMore(id, file);
  // It may have been dropped meanwhile.
  if (report === undefined || files.get(id) !== file) return;
  files.delete(id);
  self.postMessage(report);
}

async function digestMore(
  id: number,
  file: GrowingFile,
): Promise<DigestReport | undefined> {
  try {
    // Orders are taken while this waits.
    using handle = await Deno.open(file.path, { read: true });
    await handle.seek(file.position, Deno.SeekMode.Start);
    file.read(handle, TURN_SIZE);
    const digest = file.digest();
    return digest && { type: "done", id, digest };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { type: "failed", id, reason };
  }
}

/** A file whose first bytes are digested. */
class GrowingFile {
  readonly path: string;
  readonly #digester: Digester;
  #position = 0;
  /** Where to stop; `Infinity` for the end of the file. */
  #end = 0;
  #isAtEnd = false;

  constructor(path: string, digester: Digester) {
    this.path = path;
    this.#digester = digester;
  }

  /** How many bytes are digested. */
  get position(): number {
    return this.#position;
  }

  /** Whether there are bytes to digest, or the digest is to be told. */
  get isWaiting(): boolean {
    return this.#position < this.#end && !this.#isAtEnd;
  }

  advance(end: number): void {
    this.#end = Math.max(this.#end, end);
    this.#isAtEnd = false;
  }

  finish(): void {
    this.advance(Infinity);
  }

  /** Digests the next bytes of the file, which is at their position. */
  read(handle: Deno.FsFile, size: number): void {
    const end = Math.min(this.#end, this.#position + size);
    while (this.#position < end) {
      const wanted = Math.min(end - this.#position, block.length);
      const count = handle.readSync(block.subarray(0, wanted));
      if (count === null) {
        this.#isAtEnd = true;
        return;
      }
      this.#digester.update(block.subarray(0, count));
      this.#position += count;
    }
  }

  /** Returns the digest when all of it was asked for and read. */
  digest(): ReturnType<Digester["digest"]> | undefined {
    const isDone = this.#isAtEnd && this.#end === Infinity;
    return isDone ? this.#digester.digest() : undefined;
  }
}
