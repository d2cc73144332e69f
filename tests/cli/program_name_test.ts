import { strict as assert } from "node:assert";
import { invocationOf, programNameOf } from "../../src/cli/program_name.ts";

Deno.test("programNameOf() drops the folder and the extension", () => {
  assert.equal(programNameOf("/usr/bin/k8scr"), "k8scr");
  assert.equal(programNameOf("C:\\bin\\kubectl-k8scr.EXE"), "kubectl-k8scr");
  assert.equal(programNameOf("k8scr"), "k8scr");
});

Deno.test("invocationOf() knows the plugin and its completion", () => {
  assert.deepEqual(invocationOf("k8scr"), {
    usage: "k8scr",
    completes: false,
  });
  assert.deepEqual(invocationOf("kubectl-k8scr"), {
    usage: "kubectl k8scr",
    completes: false,
  });
  assert.deepEqual(invocationOf("kubectl_complete-k8scr"), {
    usage: "kubectl k8scr",
    completes: true,
  });
});
