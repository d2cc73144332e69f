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

/** What a container does says more than the phase of the Pod. */
function describeState(status: ConfigObject): string {
  const phase = status.string("phase");
  const containers = [
    ...status.objects("initContainerStatuses"),
    ...status.objects("containerStatuses"),
  ];
  const waiting = containers.map(describeWaiting).find(Boolean);
  if (waiting !== undefined) return waiting;
  const ended = containers.map(describeEnd).find(Boolean);
  if (ended !== undefined && phase !== "Succeeded") return `${phase}: ${ended}`;
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

function describeWaiting(container: ConfigObject): string | undefined {
  const waiting = container.object("state").object("waiting");
  const reason = waiting.string("reason");
  if (reason === "") return undefined;
  const details = [
    waiting.string("message"),
    describeExit(container, "lastState"),
  ].filter(Boolean);
  return details.length === 0 ? reason : `${reason}: ${details.join("; ")}`;
}

/** Says how a container ended; one that did its work is ready. */
function describeEnd(container: ConfigObject): string | undefined {
  return container.boolean("ready")
    ? undefined
    : describeExit(container, "state");
}

function describeExit(
  container: ConfigObject,
  field: "state" | "lastState",
): string | undefined {
  const state = container.object(field);
  if (!state.has("terminated")) return undefined;
  const ended = state.object("terminated");
  const reason = ended.string("reason");
  return `the container "${container.string("name")}" ended with exit code ${
    Number(ended.value("exitCode"))
  }${reason === "" ? "" : ` (${reason})`}`;
}
