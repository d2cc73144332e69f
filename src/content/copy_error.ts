/** A copy that failed, with the place where it did; the reason is in `cause`. */
export class CopyError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "CopyError";
  /** The image, as it is named in the target. */
  readonly image: string;
  /** What was copied: `the layer sha256:…`. */
  readonly what: string;

  /** Makes the error of what its fields say. */
  constructor(image: string, what: string, cause: unknown) {
    super(`Cannot copy ${what} of ${image}`, { cause });
    this.image = image;
    this.what = what;
  }
}
