import { strict as assert } from "node:assert";
import {
  apiVersionOf,
  collectionPath,
  objectPath,
  objectTitle,
} from "../../src/cluster/cluster_object.ts";

Deno.test("objectPath() knows the core API and the others", () => {
  const metadata = { namespace: "infra", name: "k8scr" };
  assert.equal(
    objectPath("PersistentVolumeClaim", metadata),
    "/api/v1/namespaces/infra/persistentvolumeclaims/k8scr",
  );
  assert.equal(
    objectPath("StatefulSet", metadata),
    "/apis/apps/v1/namespaces/infra/statefulsets/k8scr",
  );
  assert.equal(
    objectPath("Role", metadata),
    "/apis/rbac.authorization.k8s.io/v1/namespaces/infra/roles/k8scr",
  );
});

Deno.test("collectionPath() is the path without the name", () => {
  assert.equal(
    collectionPath("Event", "infra"),
    "/api/v1/namespaces/infra/events",
  );
});

Deno.test("apiVersionOf() is what an object says of itself", () => {
  assert.equal(apiVersionOf("Secret"), "v1");
  assert.equal(apiVersionOf("StatefulSet"), "apps/v1");
});

Deno.test("objectTitle() is what kubectl calls an object", () => {
  const title = objectTitle({
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name: "k8scr", namespace: "infra" },
  });
  assert.equal(title, "statefulset/k8scr");
});
