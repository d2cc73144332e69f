import { corePath, type MemoryCluster, setPath } from "./memory_cluster.ts";

/** What a StatefulSet in a test is. */
export interface SetScene {
  /** Default `k8scr`. */
  readonly name?: string;
  /** Whether all its Pods are ready; default no. */
  readonly isSettled?: boolean;
  /** Its annotations. */
  readonly annotations?: Readonly<Record<string, string>>;
  /** The image; default `registry:3`. */
  readonly image?: string;
  /** Whether this program made it; default yes. */
  readonly isOurs?: boolean;
}

/** Puts a StatefulSet of one replica into a cluster. */
export function addSet(cluster: MemoryCluster, scene: SetScene = {}): void {
  const { name = "k8scr", isSettled = false, image = "registry:3" } = scene;
  const ready = isSettled ? 1 : 0;
  cluster.objects.set(setPath(name), {
    metadata: {
      name,
      uid: `set-${name}`,
      generation: 2,
      annotations: scene.annotations ?? {},
      labels: scene.isOurs === false
        ? {}
        : { "app.kubernetes.io/managed-by": "k8scr" },
    },
    spec: {
      replicas: 1,
      template: { spec: { containers: [{ image }] } },
    },
    status: {
      observedGeneration: 2,
      updatedReplicas: ready,
      readyReplicas: ready,
    },
  });
}

/** What a Pod in a test is. */
export interface PodScene {
  /** Default `k8scr-0`. */
  readonly name?: string;
  /** The node; empty for none; default `node-1`. */
  readonly node?: string;
  /** Whether it is ready; default no. */
  readonly isReady?: boolean;
  /** Default `Running`. */
  readonly phase?: string;
  /** Why its container waits. */
  readonly waiting?: { readonly reason: string; readonly message: string };
  /** What its container said when it ended. */
  readonly lastWords?: string;
  /** Why it has no node. */
  readonly unschedulable?: string;
}

/** Puts a Pod into a cluster. */
export function addPod(cluster: MemoryCluster, scene: PodScene = {}): void {
  const { name = "k8scr-0", node = "node-1", isReady = false } = scene;
  const { phase = "Running", waiting, lastWords, unschedulable } = scene;
  const status = (value: boolean) => value ? "True" : "False";
  cluster.objects.set(corePath("pods", name), {
    metadata: { name, uid: `pod-${name}` },
    spec: { ...node !== "" && { nodeName: node }, containers: [] },
    status: {
      phase,
      conditions: [
        { type: "Ready", status: status(isReady) },
        ...unschedulable === undefined ? [] : [{
          type: "PodScheduled",
          status: "False",
          message: unschedulable,
        }],
      ],
      ...node !== "" && {
        containerStatuses: [{
          name: "registry",
          ready: isReady,
          restartCount: lastWords === undefined ? 0 : 3,
          state: waiting === undefined ? { running: {} } : { waiting },
          lastState: lastWords === undefined
            ? {}
            : { terminated: { exitCode: 1, message: lastWords } },
        }],
      },
    },
  });
}

/** Puts something that happened into a cluster. */
export function addEvent(
  cluster: MemoryCluster,
  uid: string,
  event: { readonly reason: string; readonly message: string },
): void {
  const id = `event-${cluster.objects.size}`;
  cluster.objects.set(corePath("events", id), {
    metadata: { uid: id },
    involvedObject: { uid },
    type: "Warning",
    count: 1,
    lastTimestamp: "2026-01-01T00:00:00Z",
    ...event,
  });
}
