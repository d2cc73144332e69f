import { strict as assert } from "node:assert";
import {
  isIndexType,
  isManifestType,
  isNonDistributable,
  layerCompression,
  MANIFEST_TYPES,
} from "../../src/oci/media_type.ts";

Deno.test("MANIFEST_TYPES are two manifests and two indexes", () => {
  assert.equal(MANIFEST_TYPES.filter(isManifestType).length, 2);
  assert.equal(MANIFEST_TYPES.filter(isIndexType).length, 2);
});

Deno.test("isNonDistributable() knows OCI's and Docker's types", () => {
  const oci = "application/vnd.oci.image.layer.nondistributable.v1.tar+zstd";
  const docker = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
  assert.equal(isNonDistributable(oci), true);
  assert.equal(isNonDistributable(docker), true);
  assert.equal(
    isNonDistributable("application/vnd.oci.image.layer.v1.tar"),
    false,
  );
});

Deno.test("layerCompression() tells how layers of OCI and Docker are compressed", () => {
  const oci = "application/vnd.oci.image.layer.v1.tar";
  const docker = "application/vnd.docker.image.rootfs.diff.tar";
  assert.equal(layerCompression(oci), "none");
  assert.equal(layerCompression(docker), "none");
  assert.equal(layerCompression(`${oci}+gzip`), "gzip");
  assert.equal(layerCompression(`${docker}.gzip`), "gzip");
  assert.equal(layerCompression(`${oci}+zstd`), "zstd");
  assert.equal(layerCompression(`${oci}+zstd:chunked`), undefined);
  assert.equal(layerCompression("application/octet-stream"), undefined);
});
