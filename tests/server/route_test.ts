import { strict as assert } from "node:assert";
import { ApiError } from "../../src/server/api_error.ts";
import { parseRoute } from "../../src/server/route.ts";

const HEX = "a".repeat(64);
const DIGEST = `sha256:${HEX}`;

Deno.test("parseRoute() reads every kind of path", () => {
  const routes: [path: string, route: unknown][] = [
    ["/v2", { kind: "base" }],
    ["/v2/", { kind: "base" }],
    ["/v2/_catalog", { kind: "catalog" }],
    ["/healthz", { kind: "healthz" }],
    ["/readyz", { kind: "readyz" }],
    ["/metrics", { kind: "metrics" }],
    ["/v2/a/b/tags/list", { kind: "tags", repository: "a/b" }],
    ["/v2/a/blobs/uploads", { kind: "uploads", repository: "a" }],
    ["/v2/a/blobs/uploads/", { kind: "uploads", repository: "a" }],
    ["/v2/a/blobs/uploads/x-1", { kind: "upload", repository: "a", id: "x-1" }],
    ["/v2/a/manifests/V1", {
      kind: "manifest",
      repository: "a",
      reference: { tag: "V1" },
    }],
    [`/v2/a/manifests/${DIGEST}`, {
      kind: "manifest",
      repository: "a",
      reference: { digest: DIGEST },
    }],
    [`/v2/a/blobs/${DIGEST}`, {
      kind: "blob",
      repository: "a",
      digest: DIGEST,
    }],
    [`/v2/a/referrers/${DIGEST}`, {
      kind: "referrers",
      repository: "a",
      digest: DIGEST,
    }],
  ];
  for (const [path, route] of routes) {
    assert.deepEqual(parseRoute(path), route, path);
  }
});

Deno.test("parseRoute() reads a path from its end", () => {
  const names: [path: string, repository: string][] = [
    ["/v2/a/manifests/manifests/x", "a/manifests"],
    ["/v2/blobs/uploads/blobs/uploads/", "blobs/uploads"],
    ["/v2/blobs/blobs/uploads/id", "blobs"],
    ["/v2/tags/list/tags/list", "tags/list"],
    ["/v2/a/blobs/uploads/manifests/v1", "a/blobs/uploads"],
    [`/v2/a/manifests/blobs/${DIGEST}`, "a/manifests"],
    [`/v2/referrers/referrers/${DIGEST}`, "referrers"],
  ];
  for (const [path, repository] of names) {
    const route = parseRoute(path);
    assert.ok(route !== undefined && "repository" in route, path);
    assert.equal(route.repository, repository, path);
  }
});

Deno.test("parseRoute() decodes a path once", () => {
  assert.deepEqual(parseRoute(`/v2/a%2Fb/blobs/sha256%3A${HEX}`), {
    kind: "blob",
    repository: "a/b",
    digest: DIGEST,
  });
  assertRefused("/v2/a%252Fb/tags/list", 400, "NAME_INVALID");
});

Deno.test("parseRoute() refuses what is no name, tag or digest", () => {
  for (
    const name of [
      "..",
      "a/../b",
      "%2e%2e",
      "a//b",
      "/a",
      "a/",
      "A",
      "_uploads",
      ".a",
      "a%00",
      "a%5Cb",
      "a b",
      "a".repeat(256),
    ]
  ) assertRefused(`/v2/${name}/tags/list`, 400, "NAME_INVALID");
  for (const tag of ["-a", ".a", "a".repeat(129), "%c3%a9"]) {
    assertRefused(`/v2/a/manifests/${tag}`, 400, "TAG_INVALID");
  }
  for (
    const digest of [
      "sha256:abc",
      `sha256:${"A".repeat(64)}`,
      `md5:${"a".repeat(32)}`,
      "sha512:",
    ]
  ) {
    assertRefused(`/v2/a/blobs/${digest}`, 400, "DIGEST_INVALID");
    assertRefused(`/v2/a/manifests/${digest}`, 400, "DIGEST_INVALID");
    assertRefused(`/v2/a/referrers/${digest}`, 400, "DIGEST_INVALID");
  }
  assertRefused("/v2/a/manifests/%zz", 400, "NAME_INVALID");
  assertRefused(`/v2/${"a/".repeat(2000)}tags/list`, 414, "NAME_INVALID");
});

Deno.test("parseRoute() knows no other path", () => {
  for (
    const path of [
      "",
      "/",
      "/v1/a/tags/list",
      "/v2/a",
      "/v2/a/tags/other",
      "/v2/_other",
      `/v2/a/blobs/${DIGEST}/more`,
      "/healthz/",
    ]
  ) assert.equal(parseRoute(path), undefined, path);
});

function assertRefused(path: string, status: number, code: string): void {
  assert.throws(
    () => parseRoute(path),
    (error) =>
      error instanceof ApiError && error.status === status &&
      error.code === code,
    path,
  );
}
