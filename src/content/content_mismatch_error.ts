import type { Digest } from "../oci/digest.ts";

/** What content was said to be, or turned out to be. */
export interface ContentIdentity {
  /** Its digest. */
  readonly digest?: Digest;
  /** Its length in bytes. */
  readonly size?: number;
}

/** Content that is not what its digest, size or diffID says; never retried. */
export class ContentMismatchError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "ContentMismatchError";
  /** What it should be. */
  readonly expected: ContentIdentity;
  /** What it is. */
  readonly actual: ContentIdentity;

  /** Makes the error of what its fields say. */
  constructor(
    message: string,
    expected: ContentIdentity,
    actual: ContentIdentity,
  ) {
    super(message);
    this.expected = expected;
    this.actual = actual;
  }
}
