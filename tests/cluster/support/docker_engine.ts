import { join } from "node:path";
import { succeed } from "./command.ts";
import { startServer } from "./server_process.ts";

/** Runs the docker command line and returns what it prints. */
export type Docker = (...args: string[]) => Promise<string>;

/** Runs an action while a Docker engine runs, which has no network. */
export async function withDocker(
  folder: string,
  action: (docker: Docker) => Promise<void>,
): Promise<void> {
  const socket = `unix://${join(folder, "docker.sock")}`;
  const engine = await startServer([
    ...["dockerd", "--data-root", join(folder, "data")] as const,
    ...["--exec-root", join(folder, "exec"), "--storage-driver", "vfs"],
    ...["--pidfile", join(folder, "docker.pid"), "-H", socket],
    ...["--bridge=none", "--iptables=false"],
    ...["--ip-forward=false", "--ip-masq=false"],
  ], "API listen on");
  try {
    const env = { DOCKER_HOST: socket };
    await action((...args) => succeed(["docker", ...args], { env }));
  } finally {
    await engine.stop();
  }
}
