import type { ConfigObject } from "./config_object.ts";

/** What matters of a Pod for choosing it or for explaining its state. */
export interface Pod {
  /** Its name. */
  readonly name: string;
  /** Whether it runs, is ready, and is not being deleted. */
  readonly isReady: boolean;
  /** Its state in a few words: `Running`, `CrashLoopBackOff`, `Pending (…)`. */
  readonly state: string;
  /** When it was made, RFC 3339. */
  readonly created: string;
  /** Ports that its containers declare, in order. */
  readonly ports: readonly ContainerPort[];
}

/** A port that a container declares. */
export interface ContainerPort {
  /** Its name; empty where it has none. */
  readonly name: string;
  /** Its number. */
  readonly port: number;
}

/** Takes a Pod out of the API server's answer. */
export function parsePod(object: ConfigObject): Pod {
  const metadata = object.object("metadata");
  const status = object.object("status");
  const deleted = metadata.has("deletionTimestamp");
  const ready = status.objects("conditions").some((condition) =>
    condition.string("type") === "Ready" &&
    condition.string("status") === "True"
  );
  return {
    name: metadata.string("name"),
    isReady: ready && !deleted && status.string("phase") === "Running",
    state: deleted ? "Terminating" : describeState(status),
    created: metadata.string("creationTimestamp"),
    ports: object.object("spec").objects("containers").flatMap((container) =>
      container.objects("ports").map((port) => ({
        name: port.string("name"),
        port: Number(port.value("containerPort")),
      }))
    ),
  };
}

/** The reason why a container waits says more than the phase of the Pod. */
function describeState(status: ConfigObject): string {
  const phase = status.string("phase");
  const containers = [
    ...status.objects("initContainerStatuses"),
    ...status.objects("containerStatuses"),
  ];
  for (const container of containers) {
    const waiting = container.object("state").object("waiting");
    const reason = waiting.string("reason");
    const message = waiting.string("message");
    if (reason === "") continue;
    return message === "" ? reason : `${reason}: ${message}`;
  }
  const unscheduled = status.objects("conditions").find((condition) =>
    condition.string("type") === "PodScheduled" &&
    condition.string("status") === "False"
  );
  if (unscheduled !== undefined) {
    return `${phase}: ${unscheduled.string("message")}`;
  }
  const unready = containers.some((container) => !container.boolean("ready"));
  return phase === "Running" && unready ? "Running, not ready" : phase;
}
