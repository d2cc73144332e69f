import { join } from "node:path";
import { succeed } from "./command.ts";
import { startServer } from "./server_process.ts";

/** Runs the docker command line and returns what it prints. */
export type Docker = (...args: string[]) => Promise<string>;

/** What a Docker engine says when it is there. */
export const DOCKER_READY = "API listen on";

/** Returns what starts a Docker engine, which has no network. */
export function dockerdCommand(
  folder: string,
  socket: string,
): readonly [string, ...string[]] {
  return [
    ...["dockerd", "--data-root", join(folder, "data")] as const,
    ...["--exec-root", join(folder, "exec"), "-H", socket],
    ...["--pidfile", join(folder, "docker.pid"), "--bridge=none"],
    ...["--iptables=false", "--ip-forward=false", "--ip-masq=false"],
  ];
}

/** Runs an action while a Docker engine runs. */
export async function withDocker<T>(
  folder: string,
  action: (docker: Docker) => Promise<T>,
): Promise<T> {
  const socket = `unix://${join(folder, "docker.sock")}`;
  const command = dockerdCommand(folder, socket);
  const engine = await startServer(
    [...command, "--storage-driver", "vfs"],
    DOCKER_READY,
  );
  try {
    const env = { DOCKER_BUILDKIT: "0", DOCKER_HOST: socket };
    return await action((...args) => succeed(["docker", ...args], { env }));
  } finally {
    await engine.stop();
  }
}
