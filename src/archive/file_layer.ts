import type { Opener } from "../content/blob_content.ts";
import { openFileRange } from "../layout/file_range.ts";
import {
  tarEnd,
  tarHeader,
  type TarMemberHead,
  tarPadding,
} from "./tar_writer.ts";

/** An entry of a layer; the content of a file is in a file of this host. */
export interface LayerEntry {
  /** The entry. */
  readonly head: TarMemberHead;
  /** Path of the content on this host. */
  readonly source?: string;
}

/**
 * Makes a layer of files of this host: the same entries and the same content
 * give the same bytes, whoever owns the files and whenever they were written.
 *
 * @returns what opens the tar, which fails when a file is no longer as long as
 *   its entry says
 */
export function openFileLayer(entries: readonly LayerEntry[]): Opener {
  return (offset = 0) =>
    Promise.resolve(ReadableStream.from(skip(tarOf(entries), offset)));
}

async function* tarOf(
  entries: readonly LayerEntry[],
): AsyncGenerator<Uint8Array> {
  for (const { head, source } of entries) {
    yield tarHeader(head);
    if (head.type !== "file" || source === undefined) continue;
    const { size } = head;
    const range = { path: source, offset: 0, size };
    yield* await openFileRange(range, {
      endsEarly: (position) =>
        new Error(
          `Cannot read "${source}": it ends at byte ${position}, but had ${size} bytes before`,
        ),
    });
    yield tarPadding(size);
  }
  yield tarEnd();
}

/** The blocks of a tar are made anew up to where they are wanted. */
async function* skip(
  pieces: AsyncIterable<Uint8Array>,
  offset: number,
): AsyncGenerator<Uint8Array> {
  let left = offset;
  for await (const piece of pieces) {
    const rest = piece.subarray(Math.min(left, piece.length));
    left -= piece.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}
