import { ConfigObject } from "../kube/config_object.ts";
import type { KubeApi } from "../kube/kube_api.ts";
import { KubernetesError } from "../kube/status_error.ts";
import { collectionPath } from "./cluster_object.ts";

/** Something that happened to an object, and may have happened again since. */
export interface ClusterEvent {
  /** Is another one when it happens again. */
  readonly id: string;
  /** What happened, in a word: `FailedCreate`. */
  readonly reason: string;
  /** What happened. */
  readonly message: string;
  /** Whether it is worth a warning. */
  readonly isWarning: boolean;
}

/** The object that events are about. */
export interface EventSubject {
  /** Its namespace. */
  readonly namespace: string;
  /** Tells it from others that had its name. */
  readonly uid: string;
}

/**
 * Reads what happened to an object, the last last. Whoever may not read events
 * gets none.
 *
 * @throws {ConnectionError} when the API server does not answer
 */
export async function readEvents(
  api: KubeApi,
  { namespace, uid }: EventSubject,
): Promise<readonly ClusterEvent[]> {
  try {
    const list = await api.get(collectionPath("Event", namespace), {
      fieldSelector: `involvedObject.uid=${uid}`,
    });
    return new ConfigObject(list).objects("items")
      .toSorted((a, b) => timeOf(a).localeCompare(timeOf(b)))
      .map(parseEvent);
  } catch (error) {
    if (error instanceof KubernetesError && error.status === 403) return [];
    throw error;
  }
}

function parseEvent(event: ConfigObject): ClusterEvent {
  const series = event.object("series").value("count");
  const count = event.value("count") ?? series ?? 1;
  return {
    id: `${event.object("metadata").string("uid")}/${count}`,
    reason: event.string("reason"),
    message: event.string("message"),
    isWarning: event.string("type") === "Warning",
  };
}

/** Events of the new API have the time with microseconds, elsewhere. */
function timeOf(event: ConfigObject): string {
  return event.object("series").string("lastObservedTime") ||
    event.string("lastTimestamp") || event.string("eventTime");
}
