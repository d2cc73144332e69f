import { strict as assert } from "node:assert";
import {
  formatStorage,
  isLasting,
  isSamePlace,
  parseStorage,
} from "../../src/cluster/registry_storage.ts";

Deno.test("parseStorage() reads every kind, and formatStorage() writes it back", () => {
  const texts = [
    "pvc",
    "pvc:20Gi",
    "pvc:1.5T",
    "hostPath:/srv/k8scr",
    "emptyDir",
    "emptyDir:500M",
    "memory",
    "memory:2Gi",
  ];
  for (const text of texts) {
    const storage = parseStorage(text);
    assert.ok(storage, text);
    assert.equal(formatStorage(storage), text);
  }
});

Deno.test("parseStorage() drops slashes at the end of a folder", () => {
  assert.deepEqual(parseStorage("hostPath:/srv/k8scr//"), {
    kind: "hostPath",
    path: "/srv/k8scr",
  });
});

Deno.test("parseStorage() refuses everything else", () => {
  const texts = [
    "",
    "disk",
    "PVC",
    "pvc:",
    "pvc:0",
    "pvc:10GB",
    "pvc:-1Gi",
    "hostPath",
    "hostPath:",
    "hostPath:/",
    "hostPath:srv",
    "hostPath:/srv/../etc",
    "emptyDir:/tmp",
    "memory:1Gi:2",
  ];
  for (const text of texts) assert.equal(parseStorage(text), undefined, text);
});

Deno.test("isSamePlace() lets a claim grow, and no folder change", () => {
  const same = (a: string, b: string) => {
    const [left, right] = [parseStorage(a), parseStorage(b)];
    assert.ok(left && right);
    return isSamePlace(left, right);
  };
  assert.equal(same("pvc:1Gi", "pvc:2Gi"), true);
  assert.equal(same("hostPath:/a", "hostPath:/a"), true);
  assert.equal(same("hostPath:/a", "hostPath:/b"), false);
  assert.equal(same("memory", "emptyDir"), false);
});

Deno.test("isLasting() is true of what outlives the Pod", () => {
  assert.equal(isLasting({ kind: "pvc" }), true);
  assert.equal(isLasting({ kind: "hostPath", path: "/a" }), true);
  assert.equal(isLasting({ kind: "emptyDir" }), false);
  assert.equal(isLasting({ kind: "memory" }), false);
});
