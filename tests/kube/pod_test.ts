import { strict as assert } from "node:assert";
import { ConfigObject } from "../../src/kube/config_object.ts";
import { parsePod } from "../../src/kube/pod.ts";

function pod(status: object, metadata: object = {}) {
  return parsePod(
    new ConfigObject({
      metadata: {
        name: "reg",
        creationTimestamp: "2026-01-01T00:00:00Z",
        ...metadata,
      },
      spec: {
        containers: [{ ports: [{ name: "web", containerPort: 5000 }] }, {}],
      },
      status,
    }),
  );
}

const READY = {
  phase: "Running",
  conditions: [{ type: "Ready", status: "True" }],
};

Deno.test("parsePod() takes only a running, ready Pod that stays for ready", () => {
  assert.equal(pod(READY).isReady, true);
  assert.equal(pod({ ...READY, phase: "Succeeded" }).isReady, false);
  assert.equal(pod({ phase: "Running" }).isReady, false);
  const leaving = pod(READY, { deletionTimestamp: "2026-01-01T00:00:01Z" });
  assert.equal(leaving.isReady, false);
  assert.equal(leaving.state, "Terminating");
});

Deno.test("parsePod() tells why a Pod is not ready", () => {
  const waiting = { reason: "CrashLoopBackOff", message: "back-off 10s" };
  const crashing = pod({
    phase: "Running",
    containerStatuses: [{ ready: false, state: { waiting } }],
  });
  assert.equal(crashing.state, "CrashLoopBackOff: back-off 10s");
  const pending = pod({
    phase: "Pending",
    conditions: [
      { type: "PodScheduled", status: "False", message: "0/1 nodes" },
    ],
  });
  assert.equal(pending.state, "Pending: 0/1 nodes");
});

Deno.test("parsePod() tells how a container ended", () => {
  const terminated = { exitCode: 137, reason: "OOMKilled" };
  const state = (fields: object) => [{ name: "web", ready: false, ...fields }];
  const gone = pod({
    phase: "Failed",
    containerStatuses: state({ state: { terminated } }),
  });
  const how = 'the container "web" ended with exit code 137 (OOMKilled)';
  assert.equal(gone.state, `Failed: ${how}`);
  const crashing = pod({
    phase: "Running",
    containerStatuses: state({
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated },
    }),
  });
  assert.equal(crashing.state, `CrashLoopBackOff: ${how}`);
  const done = { terminated: { exitCode: 0, reason: "Completed" } };
  const starting = pod({
    phase: "Running",
    initContainerStatuses: [{ name: "init", ready: true, state: done }],
    containerStatuses: state({ state: { running: {} } }),
  });
  assert.equal(starting.state, "Running, not ready");
  const finished = pod({
    phase: "Succeeded",
    containerStatuses: state({ state: done }),
  });
  assert.equal(finished.state, "Succeeded");
});

Deno.test("parsePod() lists the ports of all containers in order", () => {
  assert.deepEqual(pod(READY).ports, [{ name: "web", port: 5000 }]);
});
