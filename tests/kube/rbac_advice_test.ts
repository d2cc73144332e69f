import { strict as assert } from "node:assert";
import { refusedUser, roleAdvice } from "../../src/kube/rbac_advice.ts";

Deno.test("roleAdvice() writes the Role with the exact segment, and its binding", () => {
  const options = {
    namespace: "ns",
    segments: ["https:reg:5000"],
    user: "eve",
  };
  assert.equal(
    roleAdvice(options),
    `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: k8scr-push, namespace: ns}
rules:
- apiGroups: [""]
  resources: ["pods/proxy"]
  resourceNames: ["https:reg:5000"]
  verbs: ["get", "create", "update", "patch"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: k8scr-push, namespace: ns}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: k8scr-push}
subjects: [{kind: User, apiGroup: rbac.authorization.k8s.io, name: "eve"}]
`,
  );
});

Deno.test("roleAdvice() names every Pod that may be tried", () => {
  assert.match(
    roleAdvice({ namespace: "ns", segments: ["reg", "reg-0"] }),
    /resourceNames: \["reg", "reg-0"\]/,
  );
});

Deno.test("roleAdvice() binds a service account as such", () => {
  const user = "system:serviceaccount:ci:pusher";
  assert.match(
    roleAdvice({ namespace: "ns", segments: ["reg"], user, verbs: ["get"] }),
    /subjects: \[\{kind: ServiceAccount, name: pusher, namespace: ci\}\]/,
  );
});

Deno.test("refusedUser() finds the user in the API server's words", () => {
  const message =
    'pods "reg:5000" is forbidden: User "eve" cannot create resource "pods/proxy"';
  assert.equal(refusedUser(message), "eve");
  assert.equal(refusedUser("no"), undefined);
  const quoted = String.raw`User "CN=\"a b\" \\x" cannot create`;
  assert.equal(refusedUser(quoted), String.raw`CN="a b" \x`);
});
