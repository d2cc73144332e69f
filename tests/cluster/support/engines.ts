import { join } from "node:path";
import { runCommand, succeed } from "./command.ts";
import { DOCKER_READY, dockerdCommand } from "./docker_engine.ts";
import { startServer } from "./server_process.ts";

/** Engines whose API k8scr speaks. */
export type EngineKind = "docker" | "podman";

/** A real engine that runs for a test. */
export interface RunningEngine {
  /** What `DOCKER_HOST` names it by. */
  readonly address: string;
  /** Loads an archive with the engine's own client. */
  load(archive: string): Promise<void>;
  /** Returns the ID of an image, by the engine's own client. */
  imageId(name: string): Promise<string>;
  /** Runs an image without a network, and returns what it prints. */
  run(image: string, ...args: readonly string[]): Promise<string>;
}

/** Runs an action while an engine with a store of its own runs. */
export async function withEngine<T>(
  kind: EngineKind,
  action: (engine: RunningEngine) => Promise<T>,
): Promise<T> {
  // Podman refuses a run folder whose path is longer than 50 characters.
  const folder = await Deno.makeTempDir({ prefix: "k8scr-" });
  const address = `unix://${join(folder, "engine.sock")}`;
  const { command, ready, client, limits = [] } = ENGINES[kind](
    folder,
    address,
  );
  try {
    const server = await startServer(command, ready);
    const env = { DOCKER_HOST: address };
    const run = (...args: string[]) => succeed([...client, ...args], { env });
    try {
      return await action({
        address,
        async load(archive) {
          await run("load", "-q", "-i", archive);
        },
        async imageId(name) {
          const id = await run("image", "inspect", "-f", "{{.Id}}", name);
          return `sha256:${id.trim().replace(/^sha256:/, "")}`;
        },
        run: (image, ...args) =>
          run("run", "--rm", "--network", "none", ...limits, image, ...args),
      });
    } finally {
      await server.stop();
    }
  } finally {
    // Podman leaves its store mounted on itself.
    await runCommand(["umount", join(folder, "root", "overlay")]);
    await Deno.remove(folder, { recursive: true });
  }
}

interface EngineCommands {
  /** Starts the engine. */
  readonly command: readonly [string, ...string[]];
  /** What the engine says when it is there. */
  readonly ready: string;
  /** Its own client, without arguments. */
  readonly client: readonly string[];
  /** Flags of its `run` against limits that not every host can grant. */
  readonly limits?: readonly string[];
}

const ENGINES: Readonly<
  Record<EngineKind, (folder: string, address: string) => EngineCommands>
> = {
  docker: (folder, address) => ({
    command: dockerdCommand(folder, address),
    ready: DOCKER_READY,
    client: ["docker"],
  }),
  podman: (folder, address) => {
    const podman = [
      ...["podman", "--root", join(folder, "root")] as const,
      ...["--runroot", join(folder, "run"), "--storage-driver", "overlay"],
    ] as const;
    return {
      command: [
        ...podman,
        ...["--log-level", "info", "system", "service", "--time", "0", address],
      ],
      ready: "API service listening on",
      client: podman,
      limits: [
        ...["--ulimit", "nofile=1024:1024"],
        ...["--ulimit", "nproc=1024:1024"],
      ],
    };
  },
};
