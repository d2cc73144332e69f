import { sleep } from "../http/backoff.ts";
import type { KubeApi } from "../kube/kube_api.ts";
import { readEvents } from "./cluster_event.ts";
import { objectPath } from "./cluster_object.ts";
import {
  findObstacle,
  type Obstacle,
  type ObstacleOptions,
} from "./registry_obstacle.ts";
import {
  readPods,
  readRegistry,
  type RegistryName,
  type RegistryState,
} from "./registry_state.ts";

/** Milliseconds between two looks. */
const INTERVAL = 1000;

/** Options for waiting. */
export interface WaitOptions {
  /** Where objects are read. */
  readonly api: KubeApi;
  /** Milliseconds that it may take. */
  readonly timeout: number;
  /** Milliseconds since some moment. */
  readonly now: () => number;
  /** Ends the wait. */
  readonly signal: AbortSignal;
  /**
   * Lets time pass.
   *
   * @default {sleep}
   */
  readonly pause?: typeof sleep;
  /** Told what is being waited for, whenever that changes. */
  readonly onWait: (text: string) => void;
}

/**
 * Waits until a registry is what it is to be, and ready.
 *
 * @throws {Error} that says why it is not: at once where waiting does not help,
 *   else when the time is over
 */
export async function waitUntilReady(
  registry: RegistryName,
  options: WaitOptions,
): Promise<RegistryState> {
  const { api, now, signal, pause = sleep } = options;
  const tell = tellChanges(options.onWait);
  const end = now() + options.timeout;
  const oldEvents = await eventsSoFar(registry, api);
  await replaceStuckPod(registry, { api, oldEvents });
  for (;;) {
    const state = await readRegistry(api, registry);
    if (state === undefined) throw unready(registry, DELETED);
    if (state.isSettled) return state;
    const obstacle = await findObstacle(registry, state, { api, oldEvents });
    if (obstacle.isFinal || now() >= end) throw unready(registry, obstacle);
    tell(obstacle.text);
    await pause(INTERVAL, signal);
  }
}

/**
 * Waits until a registry has no Pods any more.
 *
 * @throws {Error} when the time is over
 */
export async function waitUntilGone(
  registry: RegistryName,
  options: WaitOptions,
): Promise<void> {
  const { api, now, signal, pause = sleep } = options;
  const tell = tellChanges(options.onWait);
  const end = now() + options.timeout;
  for (;;) {
    const pods = await readPods(api, registry);
    if (pods.length === 0) return;
    const names = pods.map(({ name }) => name).join(", ");
    if (now() >= end) {
      throw new Error(
        `Cannot see the registry "${registry.name}" go: ${names} still there\n` +
          `See kubectl get pods -n ${registry.namespace}`,
      );
    }
    tell(`${names} ${pods.length === 1 ? "is" : "are"} ending`);
    await pause(INTERVAL, signal);
  }
}

const DELETED: Obstacle = {
  text: "somebody deleted it",
  advice: "",
  isFinal: true,
};

/** What happened before says nothing about what is being made. */
async function eventsSoFar(
  registry: RegistryName,
  api: KubeApi,
): Promise<ReadonlySet<string>> {
  const state = await readRegistry(api, registry);
  if (state === undefined) return new Set();
  const { namespace } = registry;
  const events = await readEvents(api, { namespace, uid: state.uid });
  return new Set(events.map(({ id }) => id));
}

/**
 * Deletes a Pod that an earlier attempt left behind: it waits up to five
 * minutes for its next try, which may well succeed now.
 */
async function replaceStuckPod(
  registry: RegistryName,
  options: ObstacleOptions,
): Promise<void> {
  const { api } = options;
  const state = await readRegistry(api, registry);
  if (state === undefined || state.isSettled) return;
  const { stuckPod } = await findObstacle(registry, state, options);
  if (stuckPod === undefined) return;
  await api.remove(objectPath("Pod", { ...registry, name: stuckPod }));
}

function tellChanges(tell: (text: string) => void): (text: string) => void {
  let last: string | undefined;
  return (text) => {
    if (text !== last) tell(text);
    last = text;
  };
}

function unready({ name }: RegistryName, { text, advice }: Obstacle): Error {
  const lines = [`Cannot bring up the registry "${name}": ${text}`, advice];
  return new Error(lines.filter((line) => line !== "").join("\n"));
}
