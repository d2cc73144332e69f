import { quote } from "../oci/visible_text.ts";

/** Options for {@linkcode ArchiveError}. */
export interface ArchiveErrorOptions extends ErrorOptions {
  /** The entry that is at fault, where it is one. */
  readonly entry?: string;
  /** What the user can do about it. */
  readonly recommendation?: string;
}

/** An archive that cannot be used as it is: wrong input, never retried. */
export class ArchiveError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "ArchiveError";
  /** The archive as the user named it. */
  readonly location: string;
  /** The entry that is at fault, where it is one. */
  readonly entry?: string;
  /** What the user can do about it. */
  readonly recommendation?: string;

  /**
   * Makes the error for a place and a reason.
   *
   * @param location the archive as the user named it
   * @param reason what is so; the message puts the archive, and the entry where
   *   there is one, in front of it
   */
  constructor(
    location: string,
    reason: string,
    options: ArchiveErrorOptions = {},
  ) {
    const { entry, recommendation } = options;
    const what = entry === undefined
      ? quote(location)
      : `${quote(entry)} in ${quote(location)}`;
    super(`Cannot read ${what}: ${reason}`, options);
    this.location = location;
    if (entry !== undefined) this.entry = entry;
    if (recommendation !== undefined) this.recommendation = recommendation;
  }
}
