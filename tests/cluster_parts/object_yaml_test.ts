import { strict as assert } from "node:assert";
import { formatObjects } from "../../src/cluster/object_yaml.ts";

Deno.test("formatObjects() writes documents that kubectl reads as they are meant", () => {
  const metadata = { name: "on", namespace: "infra" };
  const text = formatObjects([
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata,
      data: { a: "0123", b: "1e3" },
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata },
  ]);
  assert.equal(
    text,
    `apiVersion: v1
kind: Secret
metadata:
  name: "on"
  namespace: infra
data:
  a: "0123"
  b: "1e3"
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: "on"
  namespace: infra
`,
  );
});
