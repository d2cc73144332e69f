import { ArchiveError } from "./archive_error.ts";
import { isZeroBlock, parseTarHeader } from "./tar_header.ts";
import { sniffCompression } from "./whole_file.ts";

/** Files that are given in place of an image archive, by their first bytes. */
const OTHERS: readonly (readonly [RegExp, string, string])[] = [
  [/^PK[^ -~]{2}/, "a zip file", "Unpack it, and push what is inside"],
  [
    /^version https:\/\/git-lfs/,
    "a pointer of Git LFS",
    "Fetch the file itself: git lfs pull",
  ],
  [
    /^\s*<(?:!doctype|html|\?xml)/i,
    "an HTML or XML document",
    "Download the file again: a server answered with a page in its place",
  ],
  [
    /^\s*[{[]/,
    "a JSON document",
    "Save the image again: an error, or a manifest, came in its place",
  ],
  [
    /^\x7fELF/,
    "a program",
    "Give the file that docker save, podman save, skopeo or crane wrote",
  ],
];

/**
 * Refuses bytes that do not start a tar, before more of them is read: a stream
 * may have no end.
 *
 * @param head the first bytes of the file
 * @throws {ArchiveError} when they are those of something else
 */
export function refuseOthers(head: Uint8Array, location: string): void {
  if (head.length === 0) {
    throw new ArchiveError(location, "it is empty", {
      recommendation: "Check that it was written completely",
    });
  }
  if (sniffCompression(head) !== undefined) {
    throw new ArchiveError(location, "it is compressed more than once", {
      recommendation: "Decompress it once before",
    });
  }
  // A tar starts with a name, which may look like anything.
  if (parseTarHeader(head) !== undefined) return;
  const text = new TextDecoder("latin1").decode(head);
  const other = OTHERS.find(([pattern]) => pattern.test(text));
  if (other === undefined) {
    throw new ArchiveError(
      location,
      isZeroBlock(head)
        ? "it is no image archive: it begins with zeros"
        : "it is not a tar archive",
      { recommendation: "Check that it was written completely" },
    );
  }
  const [, what, recommendation] = other;
  throw new ArchiveError(location, `it is ${what}, not an image archive`, {
    recommendation,
  });
}
