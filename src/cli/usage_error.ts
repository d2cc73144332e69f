/** Options for {@linkcode UsageError}. */
export interface UsageErrorOptions extends ErrorOptions {
  /** What the user can do, printed on a line of its own. */
  readonly recommendation?: string;
}

/** A command line that cannot be obeyed as it is. */
export class UsageError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "UsageError";
  /** What the user can do. */
  readonly recommendation?: string;

  constructor(message: string, options: UsageErrorOptions = {}) {
    super(message, options);
    if (options.recommendation !== undefined) {
      this.recommendation = options.recommendation;
    }
  }
}
