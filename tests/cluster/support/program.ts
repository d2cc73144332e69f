import { join, resolve } from "node:path";
import { type ClusterUser, kubeconfigOf, ROOT } from "./cluster.ts";
import type { CommandResult } from "./command.ts";

/** How a run of the program ended. */
export interface ProgramResult extends CommandResult {
  /** Largest resident set in bytes; only when it was asked for. */
  readonly peakMemory: number | undefined;
  /** Names that were made in `$TMPDIR` at any time of the run. */
  readonly temporary: readonly string[];
  /** Names that the run left in `$TMPDIR`. */
  readonly left: readonly string[];
}

/** Options for {@linkcode runProgram}. */
export interface ProgramOptions {
  /** Whose kubeconfig is used; default the administrator's. */
  readonly user?: ClusterUser;
  /** Added to the environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** A file that standard input is read from. */
  readonly input?: string;
  /** Run in place of the compiled file: a command that leads to it. */
  readonly command?: readonly string[];
  /** Whether {@linkcode ProgramResult.peakMemory} is measured. */
  readonly measureMemory?: boolean;
  /** Called with each line of standard error as it comes. */
  readonly onLine?: (
    line: string,
    process: Deno.ChildProcess,
  ) => void | Promise<void>;
}

/** Path of the compiled program: `K8SCR_BINARY`, else `dist/k8scr`. */
export function programPath(): string {
  return resolve(ROOT, Deno.env.get("K8SCR_BINARY") ?? "dist/k8scr");
}

/** Runs the compiled program with a `$TMPDIR` of its own. */
export async function runProgram(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramResult> {
  const folder = await Deno.makeTempDir({ prefix: "k8scr-cluster-run-" });
  try {
    const temporary = join(folder, "tmp");
    await Deno.mkdir(temporary);
    const watch = new FolderWatch(temporary);
    const running = run(args, folder, options);
    await Promise.allSettled([running]);
    const names = await watch.stop();
    const left = await namesIn(temporary);
    return { ...await running, left, temporary: names };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Records every name that appears in a folder. */
class FolderWatch {
  readonly #folder: string;
  readonly #watcher: Deno.FsWatcher;
  readonly #names: Promise<string[]>;

  constructor(folder: string) {
    this.#folder = folder;
    this.#watcher = Deno.watchFs(folder);
    this.#names = this.#record();
  }

  async #record(): Promise<string[]> {
    const names = new Set<string>();
    for await (const { paths } of this.#watcher) {
      for (const path of paths) names.add(path);
      if (names.delete(this.#sentinel)) break;
    }
    return [...names];
  }

  /** Ends the watch after all that happened before has been recorded. */
  async stop(): Promise<string[]> {
    await Deno.writeTextFile(this.#sentinel, "");
    const names = await this.#names;
    await Deno.remove(this.#sentinel);
    return names;
  }

  get #sentinel(): string {
    return join(this.#folder, "the-watch-ends-here");
  }
}

async function run(
  args: readonly string[],
  folder: string,
  options: ProgramOptions,
): Promise<CommandResult & Pick<ProgramResult, "peakMemory">> {
  const peak = join(folder, "peak-memory");
  const [file = "", ...rest] = [
    ...options.measureMemory ? ["time", "-f", "%M", "-o", peak] : [],
    ...options.command ?? [programPath()],
    ...args,
  ];
  // What still runs when something goes wrong here is ended.
  const controller = new AbortController();
  const process = new Deno.Command(file, {
    args: rest,
    env: {
      KUBECONFIG: kubeconfigOf(options.user ?? "admin"),
      TMPDIR: join(folder, "tmp"),
      XDG_STATE_HOME: join(folder, "state"),
      ...options.env,
    },
    stdin: options.input === undefined ? "null" : "piped",
    stdout: "piped",
    stderr: "piped",
    signal: controller.signal,
  }).spawn();
  const all = Promise.all([
    new Response(process.stdout).text(),
    readLines(process, options.onLine),
    process.status,
    options.input === undefined ? undefined : feed(process, options.input),
  ]);
  const [stdout, stderr, { code }] = await all.finally(() =>
    controller.abort()
  );
  const peakMemory = options.measureMemory
    ? 1024 * parseInt(lastLine(await Deno.readTextFile(peak)))
    : undefined;
  return { code, stdout, stderr, peakMemory };
}

async function readLines(
  process: Deno.ChildProcess,
  onLine: ProgramOptions["onLine"],
): Promise<string> {
  let text = "";
  let rest = "";
  const decoded = process.stderr.pipeThrough(new TextDecoderStream());
  for await (const part of decoded) {
    text += part;
    const lines = (rest + part).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) await onLine?.(line, process);
  }
  return text;
}

async function feed(process: Deno.ChildProcess, path: string): Promise<void> {
  const file = await Deno.open(path);
  await file.readable.pipeTo(process.stdin);
}

async function namesIn(folder: string): Promise<string[]> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.map((entry) => entry.name);
}

/** `time` puts a remark before its figure when the exit code is not 0. */
function lastLine(text: string): string {
  return text.trimEnd().split("\n").at(-1) ?? "";
}
