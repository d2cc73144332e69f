import type { FileWindow } from "./file_window.ts";
import { decodeName } from "./tar_header.ts";

/** Zeros behind the end are skipped up to here; GNU tar pads to 10 KiB. */
const MAX_PADDING = 1024 * 1024;

/** An error report is one line. */
const MAX_REPORT = 4 * 1024;

/**
 * Returns what follows the end of a tar at `offset`, without the zeros that it
 * is padded with, at most 4 KiB.
 */
export async function readTrailer(
  window: FileWindow,
  offset: number,
): Promise<Uint8Array> {
  const bytes = await window.read(offset, MAX_PADDING);
  const start = bytes.findIndex((byte) => byte !== 0);
  return start === -1
    ? new Uint8Array()
    : bytes.slice(start, start + MAX_REPORT);
}

/**
 * Finds the error that a Docker engine reports when an export fails after it
 * has begun: a line of JSON in the tar, which then ends.
 *
 * @param bytes the end of the tar, or what follows it
 * @returns the engine's message, or `undefined` when there is none
 */
export function reportedError(bytes: Uint8Array): string | undefined {
  const line = /\{"error(?:Detail)?":.*\}\s*$/.exec(decodeName(bytes))?.[0];
  if (line === undefined) return undefined;
  try {
    const report: unknown = JSON.parse(line);
    return typeof report === "object" && report !== null && "error" in report
      ? String(report.error)
      : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Finds such a report at the end of a file that is cut off. */
export async function reportedAtEnd(
  window: FileWindow,
): Promise<string | undefined> {
  const length = Math.min(MAX_REPORT, window.size);
  return reportedError(await window.read(window.size - length, length));
}

/** Tells whether a report stands where a header should be. */
export function startsReport(block: Uint8Array): boolean {
  return decodeName(block).startsWith('{"error');
}
