/** What finding an engine needs of the machine, so that tests can give another. */
export interface EngineHost {
  /** The operating system, as `Deno.build.os` names it. */
  readonly os: string;
  /** Returns an environment variable, or `undefined` when it is not set. */
  env(name: string): string | undefined;
  /** Reads a file whole, or returns `undefined` when there is none. */
  readFile(path: string): Promise<Uint8Array | undefined>;
}

/** Returns the user's home directory, or `undefined` when nothing names it. */
export function homeDirectory(host: EngineHost): string | undefined {
  return host.env("HOME") || host.env("USERPROFILE") || undefined;
}

/** Returns a variable that is set to something. */
export function setting(host: EngineHost, name: string): string | undefined {
  return host.env(name) || undefined;
}
