import { strict as assert } from "node:assert";
import {
  nodeReferences,
  type PushedImage,
  pushedJson,
  pushedText,
} from "../../src/cli/push_report.ts";
import type { CopiedPart } from "../../src/content/part_mover.ts";
import type { PushOutcome } from "../../src/content/image_target.ts";
import { MediaType } from "../../src/oci/media_type.ts";
import { parseDigest } from "../../src/oci/digest.ts";

function part(
  kind: CopiedPart["kind"],
  character: string,
  outcome: PushOutcome,
): CopiedPart {
  const digest = parseDigest(`sha256:${character.repeat(64)}`);
  const mediaType = MediaType.OCI_MANIFEST;
  return {
    kind,
    descriptor: { mediaType, digest, size: 100 },
    outcome,
    bytesSent: outcome === "uploaded" ? 100 : 0,
  };
}

function image(repository: string, tags: readonly string[]): PushedImage {
  const parts = [
    part("config", "a", "existing"),
    part("layer", "b", "mounted"),
    part("manifest", "c", "uploaded"),
  ];
  const { descriptor } = part("manifest", "c", "uploaded");
  return { repository, tags, copied: { descriptor, parts } };
}

Deno.test("pushedText() has one line for each name", () => {
  const digest = `sha256:${"c".repeat(64)}`;
  assert.equal(
    pushedText([image("cool/app", ["1", "latest"]), image("bare", [])]),
    `cool/app:1@${digest}\ncool/app:latest@${digest}\nbare@${digest}\n`,
  );
});

Deno.test("pushedJson() is one document with what was sent and skipped", () => {
  const document = JSON.parse(
    pushedJson([image("app", ["1"])], { milliseconds: 1234.5678 }),
  );
  assert.equal(document.seconds, 1.235);
  assert.equal(document.bytesSent, 100);
  assert.equal(document.bytesSkipped, 200);
  const [only] = document.images;
  assert.equal(only.name, "app");
  assert.deepEqual(only.tags, ["1"]);
  assert.equal(only.digest, `sha256:${"c".repeat(64)}`);
  assert.equal(only.size, 300);
  assert.deepEqual(only.parts[1], {
    kind: "layer",
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: `sha256:${"b".repeat(64)}`,
    size: 100,
    outcome: "mounted",
    bytesSent: 0,
  });
});

Deno.test("pushedJson() has what Pod specs say, where that is known", () => {
  const options = { milliseconds: 1, nodeAddress: "localhost:30500" };
  const { images: [known] } = JSON.parse(
    pushedJson([image("app", ["1", "2"])], options),
  );
  assert.deepEqual(known.nodeReferences, [
    "localhost:30500/app:1",
    "localhost:30500/app:2",
  ]);
  const { images: [unknown] } = JSON.parse(
    pushedJson([image("app", ["1"])], { milliseconds: 1 }),
  );
  assert.equal("nodeReferences" in unknown, false);
});

Deno.test("nodeReferences() names what has no tag by its digest", () => {
  assert.deepEqual(nodeReferences([image("bare", [])], "localhost:5000"), [
    `localhost:5000/bare@sha256:${"c".repeat(64)}`,
  ]);
});
