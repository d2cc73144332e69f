import { strict as assert } from "node:assert";
import { loginScopes } from "../../src/registry/login_scope.ts";

function scopes(request: string): readonly string[] {
  const [method = "", path = ""] = request.split(" ");
  return loginScopes({ method, url: `https://registry.test${path}` });
}

Deno.test("loginScopes() asks to read for reads and to write for writes", () => {
  const pull = ["repository:a/b:pull"];
  const push = ["repository:a/b:pull,push"];
  assert.deepEqual(scopes("GET /v2/a/b/manifests/1.2"), pull);
  assert.deepEqual(scopes("HEAD /v2/a/b/blobs/sha256:aa"), pull);
  assert.deepEqual(scopes("GET /v2/a/b/tags/list?n=1000"), pull);
  assert.deepEqual(scopes("GET /v2/a/b/referrers/sha256:aa"), pull);
  assert.deepEqual(scopes("PUT /v2/a/b/manifests/1.2"), push);
  assert.deepEqual(scopes("POST /v2/a/b/blobs/uploads/"), push);
  assert.deepEqual(scopes("PATCH /v2/a/b/blobs/uploads/id?_state=x"), push);
  // Where an upload stands is known to whoever may write.
  assert.deepEqual(scopes("GET /v2/a/b/blobs/uploads/id?_state=x"), push);
  assert.deepEqual(scopes("DELETE /v2/a/b/blobs/uploads/id"), push);
});

Deno.test("loginScopes() asks to delete for what is deleted", () => {
  assert.deepEqual(scopes("DELETE /v2/a/manifests/sha256:aa"), [
    "repository:a:delete,pull",
  ]);
});

Deno.test("loginScopes() names the lender of a mount", () => {
  assert.deepEqual(
    scopes("POST /v2/a/blobs/uploads/?mount=sha256:aa&from=b%2Fc"),
    ["repository:a:pull,push", "repository:b/c:pull"],
  );
});

Deno.test("loginScopes() finds the end of a name that looks like a path", () => {
  assert.deepEqual(scopes("GET /v2/a/blobs/uploads/b/manifests/1"), [
    "repository:a/blobs/uploads/b:pull",
  ]);
  assert.deepEqual(scopes("GET /v2/a/manifests/manifests/x"), [
    "repository:a/manifests:pull",
  ]);
});

Deno.test("loginScopes() knows the catalog, and nothing of the ping", () => {
  assert.deepEqual(scopes("GET /v2/_catalog?n=10"), ["registry:catalog:*"]);
  assert.deepEqual(scopes("GET /v2/"), []);
});
