import { strict as assert } from "node:assert";
import {
  type WaitOptions,
  waitUntilGone,
  waitUntilReady,
} from "../../src/cluster/readiness.ts";
import { corePath, MemoryCluster, setPath } from "./memory_cluster.ts";
import { addPod, addSet } from "./registry_scenes.ts";

const REGISTRY = { name: "k8scr", namespace: "infra" };
const STUCK = { reason: "ImagePullBackOff", message: "no such host" };

interface Wait {
  readonly options: WaitOptions;
  readonly told: readonly string[];
}

/** A wait in which each pause takes a second and does the next step. */
function waitFor(
  cluster: MemoryCluster,
  steps: readonly (() => void)[] = [],
): Wait {
  const told: string[] = [];
  const left = [...steps];
  let time = 0;
  return {
    told,
    options: {
      api: cluster.api,
      timeout: 5000,
      signal: new AbortController().signal,
      now: () => time,
      pause: (milliseconds) => {
        time += milliseconds;
        left.shift()?.();
        return Promise.resolve();
      },
      onWait: (text) => told.push(text),
    },
  };
}

Deno.test("waitUntilReady() tells each thing that is waited for once", async () => {
  const cluster = new MemoryCluster();
  addSet(cluster);
  const { options, told } = waitFor(cluster, [
    () => {},
    () => addPod(cluster, { phase: "Pending", node: "" }),
    () => {
      addPod(cluster, { isReady: true });
      addSet(cluster, { isSettled: true });
    },
  ]);
  const state = await waitUntilReady(REGISTRY, options);
  assert.equal(state.pods[0]?.node, "node-1");
  assert.deepEqual(told, ["its Pod is being made", "Pod k8scr-0 is Pending"]);
});

Deno.test("waitUntilReady() replaces a Pod that was stuck before, once", async () => {
  const cluster = new MemoryCluster();
  addSet(cluster);
  addPod(cluster, { waiting: STUCK });
  const { options } = waitFor(cluster, [
    () => addPod(cluster, { waiting: STUCK }),
  ]);
  await assert.rejects(
    waitUntilReady(REGISTRY, options),
    /^Error: Cannot bring up the registry "k8scr": Pod k8scr-0 is ImagePullBackOff: no such host\nThe node must have/,
  );
  const deletions = cluster.requests.filter((line) => /^DELETE/.test(line));
  assert.equal(deletions.length, 1);
});

Deno.test("waitUntilReady() gives up when the time is over", async () => {
  const cluster = new MemoryCluster();
  addSet(cluster);
  addPod(cluster, { phase: "Pending", node: "", unschedulable: "no room" });
  const { options } = waitFor(cluster);
  await assert.rejects(
    waitUntilReady(REGISTRY, options),
    /Pod k8scr-0 is Pending: no room\nSee kubectl describe pod k8scr-0 -n infra/,
  );
  assert.equal(options.now(), 5000);
});

Deno.test("waitUntilReady() notices that somebody deletes the registry", async () => {
  const cluster = new MemoryCluster();
  addSet(cluster);
  const { options } = waitFor(cluster, [
    () => cluster.objects.delete(setPath("k8scr")),
  ]);
  await assert.rejects(
    waitUntilReady(REGISTRY, options),
    /Cannot bring up the registry "k8scr": somebody deleted it/,
  );
});

Deno.test("waitUntilGone() waits for the last Pod", async () => {
  const cluster = new MemoryCluster();
  addPod(cluster);
  const { options, told } = waitFor(cluster, [
    () => cluster.objects.delete(corePath("pods", "k8scr-0")),
  ]);
  await waitUntilGone(REGISTRY, options);
  assert.deepEqual(told, ["k8scr-0 is ending"]);
});

Deno.test("waitUntilGone() gives up when the time is over", async () => {
  const cluster = new MemoryCluster();
  addPod(cluster);
  const { options } = waitFor(cluster);
  await assert.rejects(
    waitUntilGone(REGISTRY, options),
    /Cannot see the registry "k8scr" go: k8scr-0 still there\n/,
  );
});
