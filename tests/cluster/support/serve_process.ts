import { strict as assert } from "node:assert";
import { freePort } from "./cluster.ts";
import { type CommandResult, runCommand } from "./command.ts";
import { programPath } from "./program.ts";

/** `k8scr serve` as a process of its own, which can be started again. */
export class ServeProcess {
  /** Host and port; the same after each start. */
  readonly address = `127.0.0.1:${freePort()}`;
  /** The directory of its store. */
  readonly dataDir: string;
  readonly #flags: readonly string[];
  #process: Deno.ChildProcess | undefined;
  #log: Promise<string> | undefined;

  /** @param flags beside `--listen`, `--data` and `--log-format` */
  constructor(dataDir: string, flags: readonly string[] = []) {
    this.dataDir = dataDir;
    this.#flags = flags;
  }

  /** Starts it and waits until it serves. */
  async start(): Promise<void> {
    const process = new Deno.Command(programPath(), {
      args: [
        ...["serve", "--listen", this.address, "--data", this.dataDir],
        ...["--log-format", "json", ...this.#flags],
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#process = process;
    const started = Promise.withResolvers<void>();
    this.#log = readLog(process.stderr, started.resolve);
    const ended = this.#log.then((log) => Promise.reject(new Error(log)));
    await Promise.race([started.promise, ended]);
    ended.catch(() => undefined);
  }

  /** Asks it to stop and returns its exit code. */
  async stop(): Promise<number> {
    return await this.#end("SIGTERM");
  }

  /** Kills it as a crash does. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** Largest resident set so far, in bytes. */
  async peakMemory(): Promise<number> {
    const status = await Deno.readTextFile(`/proc/${this.#pid}/status`);
    return 1024 * Number(/^VmHWM:\s+([0-9]+)/m.exec(status)?.[1]);
  }

  /** Has the store checked; nothing may serve it meanwhile. */
  check(): Promise<CommandResult> {
    return runCommand([
      ...[programPath(), "serve", "--check"],
      ...["--read-only", "--data", this.dataDir],
    ]);
  }

  get #pid(): number {
    assert.ok(this.#process, "The server was not started");
    return this.#process.pid;
  }

  async #end(signal: Deno.Signal): Promise<number> {
    this.#process?.kill(signal);
    const status = await this.#process?.status;
    await this.#log;
    return status?.code ?? NaN;
  }
}

/** Runs an action while a server runs, and stops that afterwards. */
export async function withServe(
  server: ServeProcess,
  action: () => Promise<void>,
): Promise<void> {
  await server.start();
  try {
    await action();
  } finally {
    await server.stop();
  }
}

/** Asserts that nothing is broken in the store of a server that is stopped. */
export async function assertSound(server: ServeProcess): Promise<void> {
  const { code, stdout, stderr } = await server.check();
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /: all is sound\n$/);
}

/** Reads all of a log and returns its last lines. */
async function readLog(
  stream: ReadableStream<Uint8Array>,
  onStart: () => void,
): Promise<string> {
  const last: string[] = [];
  for await (const line of lines(stream)) {
    if (line.includes('"kind":"start"')) onStart();
    last.push(line);
    if (last.length > 20) last.shift();
  }
  return last.join("\n");
}

async function* lines(
  stream: ReadableStream<Uint8Array>,
): AsyncGenerator<string> {
  let rest = "";
  for await (const part of stream.pipeThrough(new TextDecoderStream())) {
    const pieces = (rest + part).split("\n");
    rest = pieces.pop() ?? "";
    yield* pieces;
  }
  if (rest !== "") yield rest;
}
