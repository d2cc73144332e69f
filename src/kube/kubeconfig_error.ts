/** Options for {@linkcode KubeconfigError}. */
export interface KubeconfigErrorOptions extends ErrorOptions {
  /** The file at fault, where there is one. */
  readonly path?: string;
  /** The field or flag at fault, as it is written in the file or typed. */
  readonly field?: string;
}

/**
 * The kubeconfig, the flags over it or the files it names do not lead to a
 * connection. The message never holds a value of a secret field.
 */
export class KubeconfigError extends Error {
  /** Tells this class from other errors. */
  override readonly name = "KubeconfigError";
  /** The file at fault, where there is one. */
  readonly path?: string;
  /** The field or flag at fault, as it is written in the file or typed. */
  readonly field?: string;

  /** Makes the error of what its fields say. */
  constructor(message: string, options: KubeconfigErrorOptions = {}) {
    super(message, options);
    if (options.path !== undefined) this.path = options.path;
    if (options.field !== undefined) this.field = options.field;
  }
}

/**
 * Makes the error for a kubeconfig that was read but does not lead to a
 * connection, or for flags that do not, where no file was read.
 */
export function unusableKubeconfig(
  files: readonly string[],
  problem: string,
  options: KubeconfigErrorOptions = {},
): KubeconfigError {
  const names = files.map((file) => `"${file}"`).join(", ");
  const subject = names === "" ? "the connection flags" : `kubeconfig ${names}`;
  const [path] = files.length === 1 ? files : [];
  return new KubeconfigError(`Cannot use ${subject}: ${problem}`, {
    ...(path !== undefined && { path }),
    ...options,
  });
}
