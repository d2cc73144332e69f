import { ConfigObject } from "../kube/config_object.ts";
import type { KubeApi } from "../kube/kube_api.ts";
import { sanitize } from "../kube/status_error.ts";
import { readEvents } from "./cluster_event.ts";
import { objectPath } from "./cluster_object.ts";
import { readObject } from "./object_applier.ts";
import type {
  RegistryName,
  RegistryPod,
  RegistryState,
} from "./registry_state.ts";

/** What keeps a registry from being ready. */
export interface Obstacle {
  /** What is so, in a line. */
  readonly text: string;
  /** What can be done, in lines; empty where nothing need be. */
  readonly advice: string;
  /** Whether waiting does not help. */
  readonly isFinal: boolean;
  /** The Pod that is stuck; another in its place may do better. */
  readonly stuckPod?: string;
}

/** Options for {@linkcode findObstacle}. */
export interface ObstacleOptions {
  /** Where objects are read. */
  readonly api: KubeApi;
  /** Events that happened before, which say nothing about now. */
  readonly oldEvents: ReadonlySet<string>;
}

/**
 * Finds what keeps a registry from being ready: the Pod that cannot be made,
 * the node or the volume that is not there, the image, the program itself.
 */
export async function findObstacle(
  registry: RegistryName,
  state: RegistryState,
  options: ObstacleOptions,
): Promise<Obstacle> {
  const pod = state.pods.find(({ isReady }) => !isReady);
  if (state.pods.length < state.replicas && pod === undefined) {
    return await podMissing(registry, state, options);
  }
  if (pod === undefined) return waiting("its Pods are being replaced");
  return await volumePending(registry, pod, options) ??
    podObstacle(registry, pod, state) ??
    await podEvents(registry, pod, options);
}

/** Lines of its log that say why a program ended. */
const LAST_LINES = 5;

/** States that end only when somebody changes something. */
const FINAL_STATES =
  /^(?:ImagePullBackOff|ErrImageNeverPull|InvalidImageName|CrashLoopBackOff|CreateContainerConfigError|CreateContainerError|RunContainerError)\b/;

/** States in which the node has no image. */
const WITHOUT_IMAGE =
  /^(?:ErrImagePull|ImagePullBackOff|ErrImageNeverPull|InvalidImageName)\b/;

async function podMissing(
  { name, namespace }: RegistryName,
  { uid }: RegistryState,
  { api, oldEvents }: ObstacleOptions,
): Promise<Obstacle> {
  const events = await readEvents(api, { namespace, uid });
  const failure = events.findLast(({ id, reason }) =>
    reason === "FailedCreate" && !oldEvents.has(id)
  );
  if (failure === undefined) return waiting("its Pod is being made");
  const isForbidden = failure.message.includes("violates PodSecurity");
  return {
    text: `no Pod can be made: ${failure.message}`,
    advice: isForbidden
      ? `Folders and ports of a node need another namespace: kubectl label namespace ${namespace} pod-security.kubernetes.io/enforce=privileged --overwrite\n` +
        "Or leave them out: --storage pvc and --node-port-mode service"
      : `See kubectl describe statefulset ${name} -n ${namespace}`,
    isFinal: true,
  };
}

async function volumePending(
  registry: RegistryName,
  pod: RegistryPod,
  { api }: ObstacleOptions,
): Promise<Obstacle | undefined> {
  if (pod.node !== "") return undefined;
  const path = objectPath("PersistentVolumeClaim", registry);
  const claim = new ConfigObject(await readObject(api, path));
  if (claim.object("status").string("phase") !== "Pending") return undefined;
  const uid = claim.object("metadata").string("uid");
  const { namespace } = registry;
  const events = await readEvents(api, { namespace, uid });
  const last = events.at(-1);
  const why = last === undefined ? "" : ` (${last.reason}: ${last.message})`;
  return {
    text: `the claim ${registry.name} has no volume yet${why}`,
    advice:
      "Give the cluster a storage class or a volume, name one (--storage-class), or keep the content elsewhere: --storage hostPath:FOLDER or --storage emptyDir",
    isFinal: false,
  };
}

function podObstacle(
  { namespace }: RegistryName,
  pod: RegistryPod,
  { image }: RegistryState,
): Obstacle | undefined {
  const { name, state, lastWords } = pod;
  const text = `Pod ${name} is ${state}`;
  const isFinal = FINAL_STATES.test(state);
  const stuck = isFinal ? { isFinal, stuckPod: name } : { isFinal };
  if (WITHOUT_IMAGE.test(state)) {
    return {
      text,
      advice:
        `The node must have the image "${image}" or be able to pull it\n` +
        "Write k8scr's own with k8scr registry image and import it into the node, or name another: --image",
      ...stuck,
    };
  }
  if (lastWords !== "") {
    return {
      text,
      advice: `Its last words:\n${lastLines(lastWords)}\n` +
        `See kubectl logs ${name} -n ${namespace} --previous`,
      ...stuck,
    };
  }
  if (!isFinal) return undefined;
  const advice = `See kubectl describe pod ${name} -n ${namespace}`;
  return { text, advice, ...stuck };
}

/** What is worth a warning says more than a phase. */
async function podEvents(
  { namespace }: RegistryName,
  { name, state, uid }: RegistryPod,
  { api }: ObstacleOptions,
): Promise<Obstacle> {
  const events = await readEvents(api, { namespace, uid });
  const warning = events.findLast(({ isWarning }) => isWarning);
  const isSaid = warning === undefined || state.includes(warning.message);
  const why = isSaid ? "" : ` (${warning.reason}: ${warning.message})`;
  return {
    text: `Pod ${name} is ${state}${why}`,
    advice: `See kubectl describe pod ${name} -n ${namespace}`,
    isFinal: false,
  };
}

/** The end of a log, of which a container leaves up to 2 KiB. */
function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-LAST_LINES)
    .map((line) => `  ${sanitize(line)}`).join("\n");
}

function waiting(text: string): Obstacle {
  return { text, advice: "", isFinal: false };
}
