import { join } from "node:path";
import { ROOT } from "./cluster.ts";
import { succeed } from "./command.ts";

/** A network namespace with a slow and distant way to this host. */
export interface SlowPath extends AsyncDisposable {
  /** What a command begins with to run there. */
  readonly prefix: readonly string[];
}

/** How slow and how distant. */
export interface SlowPathOptions {
  /** Milliseconds to the other side and back. */
  readonly roundTrip: number;
  /** Bits in a second towards this host. */
  readonly rate: number;
  /** Packets of a hundred that are lost, in each direction. */
  readonly loss: number;
}

/** Makes one; needs root. Not every kernel has netem, so a script does it. */
export async function slowPath(options: SlowPathOptions): Promise<SlowPath> {
  const id = crypto.randomUUID().slice(0, 6);
  const [space, near, far] = [`slow-${id}`, `near-${id}`, `far-${id}`];
  const inside = ["ip", "netns", "exec", space];
  const subnet = `10.77.${parseInt(id.slice(0, 2), 16)}`;
  const { roundTrip, rate, loss } = options;
  const carrier = new Deno.Command("python3", {
    args: [
      join(ROOT, "tests/cluster/support/slow_path.py"),
      ...[near, far, roundTrip / 2, rate, loss].map(String),
    ],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const remove = async () => {
    await carrier.stdin.close();
    await carrier.stdout.cancel();
    await carrier.status;
    await succeed(["ip", "netns", "delete", space]);
  };
  await succeed(["ip", "netns", "add", space]);
  try {
    const reader = carrier.stdout.getReader();
    await reader.read();
    reader.releaseLock();
    for (
      const command of [
        ["ip", "address", "add", `${subnet}.1/24`, "dev", near],
        ["ip", "link", "set", near, "up"],
        ["ip", "link", "set", far, "netns", space],
        [...inside, "ip", "address", "add", `${subnet}.2/24`, "dev", far],
        [...inside, "ip", "link", "set", far, "up"],
        [...inside, "ip", "route", "add", "default", "via", `${subnet}.1`],
      ]
    ) await succeed(command);
  } catch (error) {
    await remove();
    throw error;
  }
  return { prefix: inside, [Symbol.asyncDispose]: remove };
}
