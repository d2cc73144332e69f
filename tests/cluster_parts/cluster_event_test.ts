import { strict as assert } from "node:assert";
import { readEvents } from "../../src/cluster/cluster_event.ts";
import { corePath, MemoryCluster } from "./memory_cluster.ts";

const SUBJECT = { namespace: "infra", uid: "set-k8scr" };

Deno.test("readEvents() reads old and new events of an object, the last last", async () => {
  const cluster = new MemoryCluster();
  cluster.objects.set(corePath("events", "b"), {
    metadata: { uid: "b" },
    involvedObject: { uid: "set-k8scr" },
    type: "Normal",
    reason: "Second",
    message: "it goes on",
    series: { count: 4, lastObservedTime: "2026-01-02T00:00:00.000001Z" },
  });
  cluster.objects.set(corePath("events", "a"), {
    metadata: { uid: "a" },
    involvedObject: { uid: "set-k8scr" },
    type: "Warning",
    reason: "First",
    message: "it begins",
    count: 2,
    lastTimestamp: "2026-01-01T00:00:00Z",
  });
  cluster.objects.set(corePath("events", "c"), {
    metadata: { uid: "c" },
    involvedObject: { uid: "another" },
  });
  assert.deepEqual(await readEvents(cluster.api, SUBJECT), [
    { id: "a/2", reason: "First", message: "it begins", isWarning: true },
    { id: "b/4", reason: "Second", message: "it goes on", isWarning: false },
  ]);
});

Deno.test("readEvents() does without the right to read them", async () => {
  const cluster = new MemoryCluster();
  cluster.refusals.set("GET /api/v1/namespaces/infra/events", 403);
  assert.deepEqual(await readEvents(cluster.api, SUBJECT), []);
});
