import { visible } from "../oci/visible_text.ts";

/** Images that cannot be named, or names that select nothing. */
export class NamingError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "NamingError";
  /** What the user can do. */
  readonly recommendation: string;

  /** Makes the error of what its fields say. */
  constructor(message: string, recommendation: string, options?: ErrorOptions) {
    super(visible(message), options);
    this.recommendation = visible(recommendation);
  }
}
