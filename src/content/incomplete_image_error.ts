import type { Descriptor } from "../oci/descriptor.ts";

/** An image of which the source does not hold everything. */
export class IncompleteImageError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "IncompleteImageError";
  /** What the source does not hold. */
  readonly missing: readonly Descriptor[];
  /** What the user can do. */
  readonly recommendation: string;

  /** Makes the error of what its fields say. */
  constructor(
    message: string,
    missing: readonly Descriptor[],
    recommendation: string,
  ) {
    super(message);
    this.missing = missing;
    this.recommendation = recommendation;
  }
}
