/** A workload or Service of which no Pod can be used. */
export class PodSelectionError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "PodSelectionError";
  /** Whether a Pod may become ready a little later. */
  readonly transient: boolean;

  /** Makes the error of what its fields say. */
  constructor(message: string, transient: boolean) {
    super(message);
    this.transient = transient;
  }
}
