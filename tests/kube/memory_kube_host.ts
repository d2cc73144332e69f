import { HostFileError, type KubeHost } from "../../src/kube/kube_host.ts";

/** Options for {@linkcode memoryKubeHost}. */
export interface MemoryKubeHostOptions extends
  Partial<
    Pick<KubeHost, "os" | "cwd" | "stdinIsTerminal" | "stdinTaken" | "run">
  > {
  /** The files by absolute path. */
  readonly files?: Readonly<Record<string, string>>;
  /** Paths of those files that may be executed. */
  readonly executables?: readonly string[];
  /** The environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A machine in memory, whose files and clock a test changes at will. */
export interface MemoryKubeHost extends KubeHost {
  /** The files by absolute path. */
  readonly files: Map<string, string>;
  /** The time in milliseconds. */
  time: number;
}

/** Makes a machine in memory: Linux, in `/work`, without a terminal. */
export function memoryKubeHost(
  options: MemoryKubeHostOptions = {},
): MemoryKubeHost {
  const env = options.env ?? {};
  const executables = new Set(options.executables);
  const files = new Map(Object.entries(options.files ?? {}));
  for (const path of executables) files.set(path, "");
  const missing = () =>
    new HostFileError("No such file or directory", { missing: true });
  return {
    os: options.os ?? "linux",
    cwd: options.cwd ?? "/work",
    stdinIsTerminal: options.stdinIsTerminal ?? false,
    stdinTaken: options.stdinTaken ?? false,
    files,
    time: 0,
    env: (name) => env[name],
    environment: () => env,
    readFile(path) {
      const text = files.get(path);
      return text === undefined
        ? Promise.reject(missing())
        : Promise.resolve(new TextEncoder().encode(text));
    },
    isFile: (path) => Promise.resolve(files.has(path)),
    isExecutable: (path) => Promise.resolve(executables.has(path)),
    run: options.run ?? (() => Promise.reject(missing())),
    now() {
      return this.time;
    },
  };
}
