import type { ProgressDisplay } from "./progress_display.ts";
import { nodeReferences, type PushedImage } from "./push_report.ts";

/** Options for {@linkcode noteNodeReferences}. */
export interface NodeReferencesNoteOptions {
  /** Finds the `localhost:PORT` that nodes pull from. */
  readonly nodeAddress: () => Promise<string | undefined>;
  /** Where the user is told. */
  readonly display: Pick<ProgressDisplay, "note">;
}

/**
 * Tells what Pod specs call the images that are now in a registry, where that
 * can be found out.
 *
 * @returns the address that nodes pull from
 */
export async function noteNodeReferences(
  images: readonly PushedImage[],
  { nodeAddress, display }: NodeReferencesNoteOptions,
): Promise<string | undefined> {
  const address = await nodeAddress();
  if (address === undefined) return undefined;
  for (const reference of nodeReferences(images, address)) {
    display.note(`Pod specs use: image: ${reference}`);
  }
  return address;
}
