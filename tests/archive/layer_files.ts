import { Buffer } from "node:buffer";
import type { Digest } from "../../src/oci/digest.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { fingerprintFile } from "../../src/archive/file_section.ts";
import type { LayerJob } from "../../src/archive/layer_protocol.ts";

/** A layer in a file of its own, with other bytes before and behind it. */
export interface LayerFile extends AsyncDisposable {
  /** What a worker is told. */
  readonly job: LayerJob;
}

/** Options for {@linkcode writeLayerFile}. */
export interface LayerFileOptions {
  /** The bytes that the diffID is of; default those that are stored. */
  readonly plain?: Uint8Array;
  /** Default: that of {@linkcode plain}. */
  readonly diffId?: Digest;
}

/** Writes a layer to a temporary file. */
export async function writeLayerFile(
  stored: Uint8Array,
  options: LayerFileOptions = {},
): Promise<LayerFile> {
  const path = await Deno.makeTempFile({ prefix: "k8scr-test-" });
  await Deno.writeFile(
    path,
    Buffer.concat([Buffer.from("before"), stored, Buffer.from("behind")]),
  );
  const job: LayerJob = {
    path,
    offset: 6,
    size: stored.length,
    fingerprint: await fingerprintFile(path),
    format: "plain",
    diffId: options.diffId ?? digestOf(options.plain ?? stored),
  };
  return { job, [Symbol.asyncDispose]: () => Deno.remove(path) };
}

/** Bytes that compress, but not to nothing, and are the same on every run. */
export function sampleBytes(size: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  let state = 1;
  for (let index = 0; index < size; index++) {
    // A linear congruential generator; the top bits are the random ones.
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    bytes[index] = state >>> 29;
  }
  return bytes;
}

/** Reads a stream to its end. */
export async function readAll(
  stream: ReadableStream<Uint8Array>,
): Promise<Uint8Array> {
  return new Uint8Array(await new Response(asBlobParts(stream)).arrayBuffer());
}

function asBlobParts(
  stream: ReadableStream<Uint8Array>,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  return stream.pipeThrough(
    new TransformStream({
      transform(bytes, controller) {
        controller.enqueue(new Uint8Array(bytes));
      },
    }),
  );
}
