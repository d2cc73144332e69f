/** Options for {@linkcode ExecCredentialError}. */
export interface ExecCredentialErrorOptions extends ErrorOptions {
  /** The plugin's executable, without its arguments. */
  readonly command: string;
  /** How the plugin ended, where it ran and failed. */
  readonly exitCode?: number;
  /** What the kubeconfig says about installing the plugin. */
  readonly installHint?: string;
}

/**
 * An exec plugin could not be run or gave no credentials. The message never
 * holds the plugin's arguments, environment or output.
 */
export class ExecCredentialError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "ExecCredentialError";
  /** The plugin's executable, without its arguments. */
  readonly command: string;
  /** How the plugin ended, where it ran and failed. */
  readonly exitCode?: number;
  /** What the kubeconfig says about installing the plugin. */
  readonly installHint?: string;

  /** Makes the error of what its fields say. */
  constructor(message: string, options: ExecCredentialErrorOptions) {
    super(message, options);
    this.command = options.command;
    if (options.exitCode !== undefined) this.exitCode = options.exitCode;
    if (options.installHint !== undefined) {
      this.installHint = options.installHint;
    }
  }
}
