/** Options for {@linkcode EngineSettingsError}. */
export interface EngineSettingsErrorOptions extends ErrorOptions {
  /** What the user can do. */
  readonly recommendation: string;
}

/** Settings that name an engine which cannot be used: wrong input. */
export class EngineSettingsError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "EngineSettingsError";
  /** What the user can do. */
  readonly recommendation: string;

  /** Makes the error of what its fields say. */
  constructor(message: string, options: EngineSettingsErrorOptions) {
    super(message, options);
    this.recommendation = options.recommendation;
  }
}

/** Options for {@linkcode EngineConnectionError}. */
export interface EngineConnectionErrorOptions extends ErrorOptions {
  /** Why, without what was to be done; default the message. */
  readonly reason?: string;
  /** What the user can do. */
  readonly recommendation?: string;
}

/** No engine answers, or the connection to it broke. */
export class EngineConnectionError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "EngineConnectionError";
  /** Why, without what was to be done. */
  readonly reason: string;
  /** What the user can do. */
  readonly recommendation?: string;

  /** Makes the error of what its fields say. */
  constructor(message: string, options: EngineConnectionErrorOptions = {}) {
    super(message, options);
    this.reason = options.reason ?? message;
    if (options.recommendation !== undefined) {
      this.recommendation = options.recommendation;
    }
  }
}

/** Options for {@linkcode EngineError}. */
export interface EngineErrorOptions extends ErrorOptions {
  /** The status of the answer; 200 for a failure that was told in its body. */
  readonly status: number;
  /** What the user can do. */
  readonly recommendation?: string;
}

/** The engine answered that it did not do what it was asked for. */
export class EngineError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "EngineError";
  /** The status of the answer; 200 for a failure that was told in its body. */
  readonly status: number;
  /** What the user can do. */
  readonly recommendation?: string;

  /** Makes the error of what its fields say. */
  constructor(message: string, options: EngineErrorOptions) {
    super(message, options);
    this.status = options.status;
    if (options.recommendation !== undefined) {
      this.recommendation = options.recommendation;
    }
  }
}
