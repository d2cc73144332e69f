import { succeed } from "./command.ts";
import type { Registry } from "./registries.ts";

/** Returns the bytes that a registry's Pod has received, as its network counts. */
export async function receivedBytes(registry: Registry): Promise<number> {
  const [ip = ""] = registry.address.split(":");
  // The host knows the Pod's place on the bridge once they have spoken.
  const answer = await fetch(`http://${registry.address}/v2/`);
  await answer.body?.cancel();
  const [neighbour] = JSON.parse(
    await succeed(["ip", "-j", "neigh", "show", "to", ip]),
  );
  const ports: { mac: string; ifname: string }[] = JSON.parse(
    await succeed(["bridge", "-j", "fdb", "show"]),
  );
  const port = ports.find(({ mac }) => mac === neighbour.lladdr);
  if (port === undefined) throw new Error(`Cannot find ${ip} on the bridge`);
  const counter = `/sys/class/net/${port.ifname}/statistics/tx_bytes`;
  return Number(await Deno.readTextFile(counter));
}
