import type { EngineHost } from "../../src/engine/engine_host.ts";

/** A machine with an environment and files that a test makes up. */
export function memoryEngineHost(
  env: Readonly<Record<string, string>>,
  { os = "linux", files = {} }: {
    readonly os?: string;
    readonly files?: Readonly<Record<string, string>>;
  } = {},
): EngineHost {
  return {
    os,
    env: (name) => env[name],
    readFile: (path) => {
      const text = files[path];
      return Promise.resolve(
        text === undefined ? undefined : new TextEncoder().encode(text),
      );
    },
  };
}
