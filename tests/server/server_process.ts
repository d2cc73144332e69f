import { strict as assert } from "node:assert";
import { fileURLToPath } from "node:url";

/** Options for {@linkcode ServerProcess}. */
export interface ServerProcessOptions {
  /** Most blocks of 512 bytes that a file may have. Default: no limit. */
  readonly maxFileBlocks?: number;
  /** Most files and connections that it may have open. Default: no limit. */
  readonly maxOpenFiles?: number;
}

const SERVER = `
import { startRegistryServer } from ${
  JSON.stringify(
    new URL("../../src/server/registry_server.ts", import.meta.url).href,
  )
};
const [dataDir, port] = Deno.args;
const server = await startRegistryServer({ dataDir, port: Number(port) });
console.log(server.port);
await server.finished;
`;

/** A registry in a process of its own, which can be killed and started again. */
export class ServerProcess {
  readonly #directory: string;
  readonly #options: ServerProcessOptions;
  #process: Deno.ChildProcess | undefined;
  #port = 0;

  /** @param directory where its data goes, and its program */
  constructor(directory: string, options: ServerProcessOptions = {}) {
    this.#directory = directory;
    this.#options = options;
  }

  /** Where it serves; the same after each start. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** The directory of its store. */
  get dataDir(): string {
    return `${this.#directory}/data`;
  }

  /** Starts it and waits until it serves. */
  async start(): Promise<void> {
    const script = `${this.#directory}/server.ts`;
    await Deno.writeTextFile(script, SERVER);
    const config = new URL("../../deno.json", import.meta.url);
    const command = [
      Deno.execPath(),
      "run",
      "--no-check",
      "--quiet",
      "--allow-all",
      `--config=${fileURLToPath(config)}`,
      script,
      this.dataDir,
      String(this.#port),
    ];
    const [program = "", ...args] = this.#limited(command);
    this.#process = new Deno.Command(program, { args, stdout: "piped" })
      .spawn();
    const reader = this.#process.stdout.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    this.#port = Number(new TextDecoder().decode(value));
    assert.ok(this.#port > 0, "The server did not start");
  }

  /** Kills it as a crash does. */
  async kill(): Promise<void> {
    this.#process?.kill("SIGKILL");
    await this.#process?.status;
  }

  #limited(command: readonly string[]): readonly string[] {
    const { maxFileBlocks, maxOpenFiles } = this.#options;
    const limits = [
      // With the signal ignored, a write that is too much fails as on a full
      // disk.
      ...maxFileBlocks === undefined
        ? []
        : ['trap "" XFSZ', `ulimit -f ${maxFileBlocks}`],
      ...maxOpenFiles === undefined ? [] : [`ulimit -n ${maxOpenFiles}`],
    ];
    if (limits.length === 0) return command;
    const script = [...limits, 'exec "$@"'].join("; ");
    return ["sh", "-c", script, "sh", ...command];
  }
}
