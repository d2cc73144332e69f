/** Options for {@linkcode LayoutError}. */
export interface LayoutErrorOptions extends ErrorOptions {
  /** What the user can do about it. */
  readonly recommendation?: string;
}

/** An OCI image layout that cannot be used as it is. */
export class LayoutError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "LayoutError";
  /** The layout as the user named it. */
  readonly location: string;
  /** What the user can do about it. */
  readonly recommendation?: string;

  /**
   * Makes the error for a place and a reason.
   *
   * @param location the layout as the user named it
   * @param reason what is so; the message puts the layout in front of it
   */
  constructor(
    location: string,
    reason: string,
    options: LayoutErrorOptions = {},
  ) {
    super(`Cannot read "${location}": ${reason}`, options);
    this.location = location;
    if (options.recommendation !== undefined) {
      this.recommendation = options.recommendation;
    }
  }
}
