import type { EngineHost } from "../engine/engine_host.ts";
import type { Io } from "./io.ts";

/** The machine that the program runs on, for finding an engine. */
export function systemEngineHost(io: Pick<Io, "env">): EngineHost {
  return { os: Deno.build.os, env: (name) => io.env(name), readFile };
}

async function readFile(path: string): Promise<Uint8Array | undefined> {
  try {
    return await Deno.readFile(path);
  } catch (error) {
    // A folder on the way may be a file.
    const isAbsent = error instanceof Deno.errors.NotFound ||
      error instanceof Deno.errors.NotADirectory;
    if (isAbsent) return undefined;
    throw error;
  }
}
