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
    ["/v2/a/blobs/upload/1", "/v2/a/blobs/upload/1"],
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

/** A session at a registry that is a host of its own. */
function atHost(
  location: string,
  options: { readonly origin?: string; readonly url?: string } = {},
): string | undefined {
  const { origin = "https://r.example" } = options;
  const { url = `${origin}/v2/a/blobs/uploads/` } = options;
  return parseUploadLocation(location, "a", { host: { origin, url } });
}

Deno.test("parseUploadLocation() follows a registry's own host to any path", () => {
  const cases: readonly [string, string][] = [
    ["/v2/a/blobs/uploads/1?_state=x%3D", "/v2/a/blobs/uploads/1?_state=x%3D"],
    ["1?x", "/v2/a/blobs/uploads/1?x"],
    [
      "/artifacts-uploads/x/AF2X-_==?y=%2F",
      "/artifacts-uploads/x/AF2X-_==?y=%2F",
    ],
    ["https://r.example:443/u/1", "/u/1"],
    // What ends TLS in front of it did not tell it.
    ["http://r.example/u/1", "/u/1"],
    ["http://inside:5000/v2/a/blobs/uploads/1", "/v2/a/blobs/uploads/1"],
  ];
  for (const [location, expected] of cases) {
    assert.equal(atHost(location), expected, location);
  }
});

Deno.test("parseUploadLocation() follows a registry to another host", () => {
  const away = "https://store.example/u/1?x=%3D";
  assert.equal(atHost(`${away}#y`), away);
  assert.equal(
    atHost("//store.example:8443/u/1"),
    "https://store.example:8443/u/1",
  );
  const url = "https://store.example/u/1";
  assert.equal(atHost("2", { url }), "https://store.example/u/2");
  assert.equal(
    atHost("/v2/a/blobs/uploads/2", { url }),
    "https://store.example/v2/a/blobs/uploads/2",
  );
  assert.equal(atHost("https://r.example/u/2", { url }), "/u/2");
  const origin = "http://127.0.0.1:5000";
  assert.equal(
    atHost("http://127.0.0.1:6000/u/1", { origin }),
    "http://127.0.0.1:6000/u/1",
  );
});

Deno.test("parseUploadLocation() rejects places that no bytes may go to", () => {
  const locations = [
    "http://store.example/u/1",
    "https://me@store.example/u/1",
    "https://me:secret@r.example/u/1",
    "https://:x/u/1",
    "ftp://store.example/u/1",
    "https:/u/1",
    "\\\\store.example\\u",
    "/u/1 2",
    "/v2/b/blobs/uploads/1",
    "/v2/a/manifests/latest",
    "/v2/a/blobs/uploads/../../manifests/latest",
    "https://r.example/x/v2/b/manifests/1",
  ];
  for (const location of locations) {
    assert.equal(atHost(location), undefined, location);
  }
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
