import { strict as assert } from "node:assert";
import { impersonationHeaders } from "../../src/kube/impersonation.ts";
import { EMPTY_USER } from "../../src/kube/kubeconfig.ts";

Deno.test("impersonationHeaders() sends user, UID, groups and extra", () => {
  const headers = impersonationHeaders({
    ...EMPTY_USER,
    as: "someone",
    asUid: "1",
    asGroups: ["g", "system:masters"],
    asUserExtra: new Map([
      ["Example.com/Foo Bar", ["a", "b"]],
      ["50%", ["c"]],
      ["ü", ["d"]],
      ["a\tb", ["e"]],
    ]),
  });
  assert.deepEqual(headers, [
    ["Impersonate-User", "someone"],
    ["Impersonate-Uid", "1"],
    ["Impersonate-Group", "g"],
    ["Impersonate-Group", "system:masters"],
    ["Impersonate-Extra-Example.com%2FFoo%20Bar", "a"],
    ["Impersonate-Extra-Example.com%2FFoo%20Bar", "b"],
    ["Impersonate-Extra-50%25", "c"],
    ["Impersonate-Extra-%C3%BC", "d"],
    ["Impersonate-Extra-a%09b", "e"],
  ]);
});

Deno.test("impersonationHeaders() are none without a user", () => {
  assert.deepEqual(impersonationHeaders(EMPTY_USER), []);
});

Deno.test("impersonationHeaders() sends UTF-8, a character for each byte", () => {
  const headers = impersonationHeaders({ ...EMPTY_USER, as: "Jürgen" });
  assert.deepEqual(headers, [["Impersonate-User", "J\u00c3\u00bcrgen"]]);
  assert.equal(
    new Headers([["impersonate-user", headers[0]?.[1] ?? ""]]).get(
      "impersonate-user",
    ),
    "J\u00c3\u00bcrgen",
  );
});

Deno.test("impersonationHeaders() refuses a line break", () => {
  const user = { ...EMPTY_USER, as: "someone", asGroups: ["g\r\nX: y"] };
  assert.throws(() => impersonationHeaders(user), {
    name: "KubeconfigError",
    field: "Impersonate-Group",
    message:
      'Cannot send header "Impersonate-Group": its value has a line break or another control character',
  });
});
