import { strict as assert } from "node:assert";
import { objectChanges } from "../../src/cluster/object_changes.ts";

Deno.test("objectChanges() names the fields that differ", () => {
  const before = {
    metadata: { labels: { a: "1" } },
    spec: { replicas: 1, containers: [{ image: "old", args: ["x"] }] },
  };
  const after = {
    metadata: { labels: { a: "1" } },
    spec: {
      replicas: 2,
      containers: [{ image: "new", args: ["x", "y"] }],
      paused: true,
    },
  };
  assert.deepEqual(objectChanges(before, after), [
    { field: "spec.replicas", before: "1", after: "2" },
    { field: "spec.containers[0].image", before: '"old"', after: '"new"' },
    { field: "spec.containers[0].args[1]", after: '"y"' },
    { field: "spec.paused", after: "true" },
  ]);
});

Deno.test("objectChanges() names what goes, whole", () => {
  assert.deepEqual(
    objectChanges({ spec: { ports: [{ port: 1 }] } }, { spec: {} }),
    [{ field: "spec.ports", before: '[{"port":1}]' }],
  );
});

Deno.test("objectChanges() leaves out what the API server keeps for itself", () => {
  const before = {
    metadata: { resourceVersion: "1", generation: 1, managedFields: [] },
    status: { readyReplicas: 0 },
  };
  const after = {
    metadata: { resourceVersion: "2", generation: 2, managedFields: [1] },
    status: { readyReplicas: 1 },
  };
  assert.deepEqual(objectChanges(before, after), []);
});
