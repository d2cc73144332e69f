import { strict as assert } from "node:assert";
import fc from "fast-check";
import { resolveLocation } from "../../src/kube/location.ts";

const S = "/api/v1/namespaces/reg/pods/k8scr:5000/proxy";
const BASE = "/k8s/clusters/c-1";
const ADDRESS = {
  origin: new URL("https://api.example:6443/k8s/clusters/c-1"),
  prefixes: [`${BASE}${S}`, S],
};
const CURRENT = "/v2/app/blobs/uploads/";

function resolve(location: string, redirect = false): string {
  const options = { address: ADDRESS, current: CURRENT, redirect };
  return resolveLocation(location, options);
}

Deno.test("resolveLocation() takes a registry's URLs to paths of the registry", () => {
  const upload = "/v2/app/blobs/uploads/1?_state=a%3D";
  const table: readonly [string, string][] = [
    [upload, upload],
    [`${S}${upload}`, upload],
    [`${BASE}${S}${upload}`, upload],
    [`${S.replaceAll(":", "%3A")}${upload}`, upload],
    // distribution writes http, whatever the client used
    [`http://api.example:6443${S}${upload}`, upload],
    [`https://api.example:6443${S}${upload}`, upload],
    [`http://API.example:6443${upload}`, upload],
    // the Pod's own address, left as it is by an older API server
    [`http://10.0.0.7:5000${S}${upload}`, upload],
    // http.host of distribution
    [`https://r.example${upload}`, upload],
    ["1?x=%2F", "/v2/app/blobs/uploads/1?x=%2F"],
    ["?x=1", "/v2/app/blobs/uploads/?x=1"],
    ["../uploads/2", "/v2/app/blobs/uploads/2"],
    [`${upload}#fragment`, upload],
    [`${S}/v2/`, "/v2/"],
    ["/prefix/v2/app/blobs/uploads/1", "/prefix/v2/app/blobs/uploads/1"],
  ];
  for (const [location, expected] of table) {
    assert.equal(resolve(location), expected, location);
  }
});

Deno.test("resolveLocation() gives back a redirect to another host as it came", () => {
  const external = "https://store.example/blob?signature=1";
  assert.equal(resolve(external, true), external);
  assert.equal(resolve(`http://api.example:6443${S}/v2/a`, true), "/v2/a");
});

Deno.test("resolveLocation() refuses a redirect to another host without a scheme", () => {
  const redirect = () => resolve("//store.example/blob", true);
  assert.throws(redirect, { message: /another host but no scheme/ });
});

Deno.test("resolveLocation() refuses what is malformed, hostile or leads elsewhere", () => {
  const refused = [
    "",
    "\\\\evil/v2/",
    "/v2/a\\b",
    "/v2/a b",
    "/v2/a\tb",
    "/v2/ä",
    "ftp://api.example/v2/",
    "https:v2/a",
    "http:///v2/",
    "https://user@api.example:6443/v2/",
    "//",
    "https://r.example/other",
    "/v2/../api/v1/secrets",
    "/v2/%2e%2e/%2e%2e/api",
    "/v2/a%2fb",
    "/v2/a%5cb",
    "/v2/a%252fb",
    "/v2//a",
    `${S}/../../other:5000/proxy/x`,
    "/api/v1/secrets",
    `/v2/${"a".repeat(8192)}`,
  ];
  for (const location of refused) {
    assert.throws(() => resolve(location), { name: "LocationError" }, location);
  }
});

Deno.test("resolveLocation() never lets an answer choose host, Pod or parent path", () => {
  const piece = fc.constantFrom(
    "/",
    "//",
    "\\",
    "..",
    ".",
    "%2e",
    "%2F",
    "%5c",
    "@",
    ":",
    "?",
    "#",
    "http",
    "https:",
    "evil.example",
    "api.example:6443",
    S,
    BASE,
    "/v2/",
    "/v2",
    "app",
    "blobs/uploads/",
    "\t",
    "\n",
    "%00",
    "v2",
    "other:5000/proxy",
  );
  const hostile = fc.oneof(
    fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join("")),
    fc.webUrl({ withQueryParameters: true, withFragments: true }),
    fc.string(),
  );
  fc.assert(
    fc.property(hostile, (location) => {
      let path: string;
      try {
        path = resolve(location);
      } catch (error) {
        assert.equal((error as Error).name, "LocationError");
        return;
      }
      const url = new URL(`${ADDRESS.origin.origin}${BASE}${S}${path}`);
      assert.equal(url.host, "api.example:6443");
      assert.ok(url.pathname.startsWith(`${BASE}${S}/`), path);
      assert.match(path, /\/v2(?:\/|\?|$)/);
      assert.equal(url.pathname.split("/").includes(".."), false);
    }),
    { numRuns: 2000 },
  );
});
