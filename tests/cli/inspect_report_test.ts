import { strict as assert } from "node:assert";
import { inspectedJson, inspectedText } from "../../src/cli/inspect_report.ts";
import { parseInspectedConfig } from "../../src/cli/inspect_config.ts";
import type { InspectedNode } from "../../src/cli/inspect_tree.ts";
import { parseDigest } from "../../src/oci/digest.ts";
import { MediaType } from "../../src/oci/media_type.ts";
import { toJson } from "../support/images.ts";

function digestOf(letter: string) {
  return parseDigest(`sha256:${letter.repeat(64)}`);
}

const CONFIG = {
  mediaType: MediaType.OCI_CONFIG,
  digest: digestOf("c"),
  size: 100,
};

const IMAGE: InspectedNode = {
  descriptor: {
    mediaType: MediaType.OCI_MANIFEST,
    digest: digestOf("a"),
    size: 500,
  },
  bytes: new Uint8Array(),
  manifests: [],
  missing: [],
  config: CONFIG,
  layers: [{
    mediaType: MediaType.OCI_LAYER_GZIP,
    digest: digestOf("b"),
    size: 3_000_000,
  }],
  annotations: { "a.note": "two\nlines \x1b[31mred" },
};

const DOCUMENT = {
  os: "linux",
  architecture: "amd64",
  config: { Cmd: ["run", "a b"], Env: ["A=1", "B=2"], Labels: { x: "y" } },
  history: [
    { created_by: "ADD file", created: "2024-01-02T03:04:05Z" },
    { created_by: "ENV A=1", empty_layer: true },
  ],
};

const SHOWN = {
  name: { repository: "app", tag: "1" },
  root: IMAGE,
  configs: new Map([
    [CONFIG.digest, parseInspectedConfig(toJson(DOCUMENT), "the config")],
  ]),
  referrers: new Map([[IMAGE.descriptor.digest, [{
    mediaType: MediaType.OCI_MANIFEST,
    digest: digestOf("d"),
    size: 7,
    artifactType: "application/x",
  }]]]),
};

Deno.test("inspectedText() writes sections for people, without control characters", () => {
  assert.equal(
    inspectedText(SHOWN),
    `app:1@${digestOf("a")}
3.0 MB in all

manifest  ${digestOf("a")}  500 B   application/vnd.oci.image.manifest.v1+json
  config  ${digestOf("c")}  100 B   application/vnd.oci.image.config.v1+json
  layer   ${digestOf("b")}  3.0 MB  application/vnd.oci.image.layer.v1.tar+gzip

Annotations:
  a.note  two lines [31mred

Config of linux/amd64:
  Created  -
  Cmd      ["run","a b"]
  Env      A=1
           B=2
  Labels   x=y

History:
  2024-01-02 03:04Z  3.0 MB  ADD file
  -                          ENV A=1

Referrers:
  ${digestOf("d")}  7 B  application/x
`,
  );
});

Deno.test("inspectedText() tells an attestation from an image", () => {
  const attestation = {
    ...IMAGE,
    descriptor: {
      ...IMAGE.descriptor,
      annotations: { "vnd.docker.reference.digest": digestOf("e") },
    },
  };
  const text = inspectedText({ ...SHOWN, root: attestation });
  assert.match(text, / attestation of sha256:eeeeeeeeeeee$/m);
  assert.doesNotMatch(text, /^Config of/m);
});

Deno.test("inspectedJson() keeps documents whole", () => {
  const { config, annotations, ...rest } = JSON.parse(inspectedJson(SHOWN));
  assert.deepEqual(config, { ...CONFIG, document: DOCUMENT });
  assert.deepEqual(annotations, IMAGE.annotations);
  assert.equal(rest.totalSize, 3_000_600);
  assert.equal(rest.manifests, undefined);
  assert.equal(rest.referrers[0].artifactType, "application/x");
});
