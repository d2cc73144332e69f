import { strict as assert } from "node:assert";
import fc from "fast-check";
import {
  locationWithDigest,
  parseUploadLocation,
} from "../../src/registry/upload_location.ts";
import { FOUR_DIGEST, locationOf } from "./upload_fixture.ts";

Deno.test("parseUploadLocation() takes path and query of a session", () => {
  const cases: readonly [string, string][] = [
    ["/v2/a/blobs/uploads/1", "/v2/a/blobs/uploads/1"],
    [
      "/v2/a/blobs/uploads/1?_state=x%3D&b",
      "/v2/a/blobs/uploads/1?_state=x%3D&b",
    ],
    ["http://127.0.0.1:5000/v2/a/blobs/uploads/1", "/v2/a/blobs/uploads/1"],
    [
      "https://r.example/v2/a/blobs/uploads/1?x=y#f",
      "/v2/a/blobs/uploads/1?x=y",
    ],
    ["//other/v2/a/blobs/uploads/1", "/v2/a/blobs/uploads/1"],
    ["/prefix/v2/a/blobs/uploads/1", "/prefix/v2/a/blobs/uploads/1"],
  ];
  for (const [location, expected] of cases) {
    assert.equal(parseUploadLocation(location, "a"), expected, location);
  }
});

Deno.test("parseUploadLocation() rejects what is no session of the repository", () => {
  const locations = [
    "",
    "1",
    "/",
    "/v2/a/blobs/uploads/",
    "/v2/a/blobs/uploads/1/2",
    "/v2/b/blobs/uploads/1",
    "/v2/xa/blobs/uploads/1",
    "/v2/a/manifests/latest",
    "/api/v1/namespaces/kube-system/secrets",
    "/v2/a/blobs/uploads/..",
    "/v2/a/blobs/uploads/%2e%2e",
    "/v2/a/blobs/uploads/%2E%2E%2Fsecret",
    "/x/../v2/a/blobs/uploads/1",
    "//",
    "/x//v2/a/blobs/uploads/1",
    "/v2/a/blobs/uploads/1%5c",
    "/v2/a/blobs/uploads/1 2",
    "/v2/a/blobs/uploads/1\r\nx: y",
    "/v2/a/blobs/uploads/ä",
    "\\v2\\a\\blobs\\uploads\\1",
    "https:/v2/a/blobs/uploads/1",
    "https:///v2/a/blobs/uploads/1",
    "javascript://x/v2/a/blobs/uploads/1",
    `/v2/a/blobs/uploads/${"1".repeat(9000)}`,
  ];
  for (const location of locations) {
    assert.equal(parseUploadLocation(location, "a"), undefined, location);
  }
});

Deno.test("parseUploadLocation() never leads out of the repository's uploads", () => {
  const part = fc.constantFrom(
    "/",
    "//",
    "..",
    ".",
    "%2e",
    "%2f",
    "\\",
    "v2",
    "a",
    "b",
    "blobs",
    "uploads",
    "?",
    "#",
    "http:",
    "https://",
    "@",
    ":",
    "x",
  );
  fc.assert(fc.property(fc.array(part, { maxLength: 14 }), (parts) => {
    const location = parseUploadLocation(parts.join(""), "a");
    if (location === undefined) return;
    const { pathname } = new URL(`http://registry${location}`);
    assert.match(pathname, /^(?:\/[^/]+)*\/v2\/a\/blobs\/uploads\/[^/]+$/);
    assert.equal(location.split("?", 1)[0], pathname);
  }));
});

Deno.test("locationWithDigest() keeps the query's bytes", () => {
  const digest = FOUR_DIGEST;
  const cases: readonly [string, string][] = [
    ["/v2/a/blobs/uploads/1", `/v2/a/blobs/uploads/1?digest=${digest}`],
    [
      "/v2/a/blobs/uploads/1?_state=x%3D+%20",
      `/v2/a/blobs/uploads/1?_state=x%3D+%20&digest=${digest}`,
    ],
    ["/v2/a/blobs/uploads/1?", `/v2/a/blobs/uploads/1?digest=${digest}`],
    ["/v2/a/blobs/uploads/1?a&", `/v2/a/blobs/uploads/1?a&digest=${digest}`],
  ];
  for (const [location, expected] of cases) {
    assert.equal(
      locationWithDigest(locationOf(location), digest),
      expected,
    );
  }
});
