/**
 * The servers that scripts/bench_server.ts measures. Run itself, this file is
 * one of them: `--serve PORT DIRECTORY` or `--move PORT DIRECTORY`.
 */
import { startRegistryServer } from "../src/server/registry_server.ts";

/** A registry that is measured. */
export interface ServerContender {
  /** What the report calls it. */
  readonly name: string;
  /** Makes the command that serves a directory on a port. */
  command(port: number, directory: string): Promise<readonly string[]>;
}

/** @param file a compiled `k8scr`; default: this source */
export function k8scr(file?: string): ServerContender {
  return {
    name: file ?? "k8scr",
    command(port, directory) {
      const listen = `127.0.0.1:${port}`;
      return Promise.resolve(
        file === undefined
          ? ownCommand("--serve", port, directory)
          : [file, "serve", "--listen", listen, "--data", directory],
      );
    },
  };
}

/** Distribution, from its program. */
export function distribution(file: string): ServerContender {
  return {
    name: "distribution",
    async command(port, directory) {
      const path = `${directory}/config.yml`;
      await Deno.writeTextFile(
        path,
        "version: 0.1\n" +
          "log: {level: error, accesslog: {disabled: true}}\n" +
          `storage: {filesystem: {rootdirectory: ${directory}/data}}\n` +
          `http: {addr: "127.0.0.1:${port}"}\n`,
      );
      return [file, "serve", path];
    },
  };
}

/**
 * The least that Deno can do, which no server on it outdoes: what comes goes
 * into a file, and from there to whoever asks, in Deno's own streams. Nothing
 * is verified, synced or timed.
 */
export function bareDeno(): ServerContender {
  return {
    name: "bare Deno.serve",
    command: (port, directory) =>
      Promise.resolve(ownCommand("--move", port, directory)),
  };
}

function ownCommand(
  role: string,
  port: number,
  directory: string,
): readonly string[] {
  const file = import.meta.filename ?? "";
  const run = [Deno.execPath(), "run", "--allow-all", file];
  return [...run, role, String(port), directory];
}

async function serve(port: number, directory: string): Promise<void> {
  const server = await startRegistryServer({ dataDir: directory, port });
  await server.finished;
}

function moveBytes(port: number, directory: string): void {
  Deno.serve({ hostname: "127.0.0.1", port }, async (request) => {
    const { method, body, url } = request;
    const path = `${directory}/${/sha256:[0-9a-f]+/.exec(url)?.[0]}`;
    switch (method) {
      case "POST":
        return new Response(null, { status: 202, headers: { location: "/" } });
      case "PUT": {
        const file = await Deno.create(path);
        await body?.pipeTo(file.writable);
        return new Response(null, { status: 201 });
      }
      default: {
        const file = await Deno.open(path);
        const { size } = await file.stat();
        return new Response(file.readable, {
          headers: {
            "content-length": String(size),
            // Deno compresses what it can.
            "cache-control": "no-transform",
          },
        });
      }
    }
  });
}

if (import.meta.main) {
  const [role, port, directory = ""] = Deno.args;
  if (role === "--serve") await serve(Number(port), directory);
  else moveBytes(Number(port), directory);
}
