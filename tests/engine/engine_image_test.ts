import { strict as assert } from "node:assert";
import {
  type EngineImage,
  engineName,
  parseEngineImage,
} from "../../src/engine/engine_image.ts";
import { parseDigest } from "../../src/oci/digest.ts";

const HEX = "2ccf8299d7f646711ad98bf127ce6fe70614724d6a3556743a81b507c98bacd3";
const LAYER = parseDigest(
  "sha256:4aa5eb4f607f4ec39c848db8fa971d9973bc274d85041c6ee0c98384a4980cbb",
);

function parse(image: Record<string, unknown>): EngineImage {
  const bytes = new TextEncoder().encode(JSON.stringify(image));
  return parseEngineImage(bytes, "the image");
}

const IMAGE = parse({
  Id: `sha256:${HEX}`,
  RepoTags: ["localhost/cool/image:1.2", "<none>:<none>"],
  Size: 6_176_567,
  GraphDriver: { Name: "overlay2", Data: { UpperDir: "/x" } },
  RootFS: { Type: "layers", Layers: [LAYER] },
});

Deno.test("parseEngineImage() reads an unpacked image", () => {
  assert.deepEqual(IMAGE, {
    id: `sha256:${HEX}`,
    names: ["localhost/cool/image:1.2"],
    diffIds: [LAYER],
    store: "unpacked",
    exportSize: 6_176_567,
  });
});

Deno.test("parseEngineImage() does not take containerd's size for that of the export", () => {
  const image = parse({
    Id: `sha256:${HEX}`,
    RepoTags: ["cool/image:1.2"],
    Size: 9_000_000,
    Descriptor: { digest: `sha256:${HEX}` },
  });
  assert.equal(image.store, "containerd");
  assert.equal(image.exportSize, undefined);
  assert.deepEqual(image.diffIds, []);
  assert.equal(
    parse({ Id: "x", GraphDriver: { Data: null } }).store,
    "unknown",
  );
});

Deno.test("parseEngineImage() refuses an answer without an ID", () => {
  assert.throws(() => parse({ RepoTags: [] }), {
    name: "DocumentSyntaxError",
    message: "Cannot read the image: Id is missing",
  });
});

Deno.test("engineName() adds the tag that an engine would assume", () => {
  const of = (text: string) => engineName(text, IMAGE);
  assert.deepEqual(of("cool/image"), {
    reference: "cool/image:latest",
    names: ["cool/image:latest"],
  });
  assert.deepEqual(of("cool/image:1.2").names, ["cool/image:1.2"]);
  assert.equal(of(`cool/image@${LAYER}`).reference, `cool/image@${LAYER}`);
});

Deno.test("engineName() keeps the engine's names for an ID", () => {
  for (const id of [`sha256:${HEX}`, HEX, HEX.slice(0, 12)]) {
    assert.deepEqual(engineName(id, IMAGE), {
      reference: id,
      names: ["localhost/cool/image:1.2"],
    });
  }
});

Deno.test("engineName() takes a name that looks like an ID for the name", () => {
  const image = { ...IMAGE, names: ["docker.io/library/2ccf:latest"] };
  assert.deepEqual(engineName("2ccf", image).names, ["2ccf:latest"]);
});
