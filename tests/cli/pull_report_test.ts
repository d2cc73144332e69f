import { strict as assert } from "node:assert";
import { pulledJson, pulledText } from "../../src/cli/pull_report.ts";
import type { StagedResult } from "../../src/cli/staged_copy.ts";
import { parseDigest } from "../../src/oci/digest.ts";

const ROOT = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: parseDigest(`sha256:${"a".repeat(64)}`),
  size: 10,
};
const LAYER = {
  mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
  digest: parseDigest(`sha256:${"b".repeat(64)}`),
  size: 100,
};

function result(...names: string[]): StagedResult {
  return {
    names,
    copied: {
      descriptor: ROOT,
      parts: [
        {
          kind: "layer",
          descriptor: LAYER,
          outcome: "existing",
          bytesSent: 0,
        },
        {
          kind: "manifest",
          descriptor: ROOT,
          outcome: "uploaded",
          bytesSent: 10,
        },
      ],
    },
  };
}

Deno.test("pulledText() has a line for each name, with the digest once", () => {
  const { digest } = ROOT;
  assert.equal(
    pulledText([result("a:1", "b:2"), result(`c@${digest}`)], "x.tar"),
    `a:1@${digest}  x.tar\nb:2@${digest}  x.tar\nc@${digest}  x.tar\n`,
  );
});

Deno.test("pulledText() writes the digest of an image without a name", () => {
  assert.equal(pulledText([result()], "x.tar"), `${ROOT.digest}  x.tar\n`);
});

Deno.test("pulledJson() tells what was fetched and what was there", () => {
  assert.deepEqual(JSON.parse(pulledJson([result("a:1")], "x.tar", 1500)), {
    target: "x.tar",
    images: [{
      names: ["a:1"],
      digest: ROOT.digest,
      mediaType: ROOT.mediaType,
      size: 110,
      bytesFetched: 10,
      bytesSkipped: 100,
      parts: [
        { kind: "layer", ...LAYER, outcome: "existing", bytesFetched: 0 },
        { kind: "manifest", ...ROOT, outcome: "written", bytesFetched: 10 },
      ],
    }],
    bytesFetched: 10,
    bytesSkipped: 100,
    seconds: 1.5,
  });
});
