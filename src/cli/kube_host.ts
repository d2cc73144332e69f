import {
  HostFileError,
  type HostRunOptions,
  type HostRunResult,
  type KubeHost,
} from "../kube/kube_host.ts";
import { dropRuntimeAuthorities } from "./runtime_authorities.ts";

/** Options for {@linkcode systemKubeHost}. */
export interface SystemKubeHostOptions {
  /** Whether the command itself reads standard input. */
  readonly stdinTaken: boolean;
}

/** The operating system's codes for what is said in its own words. */
const REASONS: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ELOOP: "too many levels of symbolic links",
  ENOENT: "no such file or directory",
  ENOTDIR: "not a directory",
};

/** The codes that mean that there is nothing to find under a path. */
const ABSENT = new Set([
  "EACCES",
  "ELOOP",
  "ENAMETOOLONG",
  "ENOENT",
  "ENOTDIR",
]);

/** Bits of a file's mode: executable for its owner, its group or others. */
const ANY_EXECUTE = 0o111;

/**
 * The machine that the program runs on, for the kubeconfig. From here on the
 * runtime trusts no authority by itself.
 */
export function systemKubeHost(
  { stdinTaken }: SystemKubeHostOptions,
): KubeHost {
  dropRuntimeAuthorities();
  return {
    os: Deno.build.os,
    get cwd() {
      return Deno.cwd();
    },
    get stdinIsTerminal() {
      return Deno.stdin.isTerminal();
    },
    stdinTaken,
    env: (name) => Deno.env.get(name),
    environment: () => Deno.env.toObject(),
    readFile: (path) => withReason(() => Deno.readFile(path)),
    isFile: async (path) => (await statFile(path)) !== undefined,
    isExecutable,
    run: (command, options) => withReason(() => run(command, options)),
    now: () => Date.now(),
  };
}

async function run(
  command: string,
  { args, env, stdin }: HostRunOptions,
): Promise<HostRunResult> {
  const { code, stdout } = await new Deno.Command(command, {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    stdin,
    stdout: "piped",
    stderr: "inherit",
  }).output();
  return { code, stdout };
}

async function isExecutable(path: string): Promise<boolean> {
  const file = await statFile(path);
  if (!file) return false;
  // Windows has no such bit: there the extension decides.
  return file.mode === null || (file.mode & ANY_EXECUTE) !== 0;
}

async function statFile(path: string): Promise<Deno.FileInfo | undefined> {
  try {
    const info = await Deno.stat(path);
    return info.isFile ? info : undefined;
  } catch (error) {
    if (ABSENT.has(errorCode(error))) return undefined;
    throw error;
  }
}

async function withReason<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    const code = errorCode(cause);
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new HostFileError(REASONS[code] ?? message, {
      missing: code === "ENOENT",
      cause,
    });
  }
}

function errorCode(error: unknown): string {
  const hasCode = error instanceof Error && "code" in error;
  return hasCode ? String(error.code) : "";
}
