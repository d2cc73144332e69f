import { strict as assert } from "node:assert";
import { parseDigest } from "../../src/oci/digest.ts";
import { StoreLayout } from "../../src/server/store_layout.ts";

const HEX = `ab${"0".repeat(62)}`;
const DIGEST = parseDigest(`sha256:${HEX}`);
const ROOT = "/data/docker/registry/v2";

Deno.test({
  name: "StoreLayout is that of distribution",
  ignore: Deno.build.os === "windows",
  fn() {
    const layout = new StoreLayout("/data");
    assert.equal(layout.blob(DIGEST), `${ROOT}/blobs/sha256/ab/${HEX}/data`);
    const repository = `${ROOT}/repositories/a/b`;
    assert.equal(
      layout.link("a/b", "layer", DIGEST),
      `${repository}/_layers/sha256/${HEX}/link`,
    );
    assert.equal(
      layout.link("a/b", "revision", DIGEST),
      `${repository}/_manifests/revisions/sha256/${HEX}/link`,
    );
    assert.equal(
      layout.tagLink("a/b", "V1"),
      `${repository}/_manifests/tags/V1/current/link`,
    );
    assert.equal(layout.upload("a/b", "id"), `${repository}/_uploads/id`);
    assert.equal(
      layout.referrer("a/b", DIGEST, DIGEST),
      `${repository}/_referrers/sha256/${HEX}/sha256-${HEX}`,
    );
  },
});

Deno.test("StoreLayout keeps tags apart where case does not count", () => {
  const layout = new StoreLayout("/data", true);
  const path = layout.tag("a", "RC-v1");
  assert.ok(path.endsWith("!r!c-v1"), path);
  assert.equal(layout.decodeTag("!r!c-v1"), "RC-v1");
});
