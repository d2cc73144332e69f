import { strict as assert } from "node:assert";
import {
  type DockerManifestItem,
  parseDockerManifest,
} from "../../src/archive/docker_manifest.ts";
import { DocumentSyntaxError } from "../../src/oci/json_document.ts";

function parse(value: unknown): readonly DockerManifestItem[] {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return parseDockerManifest(bytes, "manifest.json");
}

function refuses(value: unknown, message: string): void {
  assert.throws(() => parse(value), { name: "DocumentSyntaxError", message });
}

Deno.test("parseDockerManifest() reads what docker save writes", () => {
  const items = parse([
    {
      Config: "a.json",
      RepoTags: ["cool/image:1", "cool/image:2"],
      Layers: ["b/layer.tar", "c/layer.tar"],
    },
    { Config: "d.json", RepoTags: ["other:1"], Layers: ["e/layer.tar"] },
  ]);
  assert.deepEqual(items, [
    {
      config: "a.json",
      names: ["cool/image:1", "cool/image:2"],
      layers: ["b/layer.tar", "c/layer.tar"],
    },
    { config: "d.json", names: ["other:1"], layers: ["e/layer.tar"] },
  ]);
});

Deno.test("parseDockerManifest() takes null, empty and absent RepoTags for no name", () => {
  for (const tags of [{ RepoTags: null }, { RepoTags: [] }, {}]) {
    const [item] = parse([{ Config: "a.json", Layers: ["b.tar"], ...tags }]);
    assert.deepEqual(item?.names, []);
  }
});

Deno.test("parseDockerManifest() takes null for no layers", () => {
  const [item] = parse([{ Config: "a.json", RepoTags: ["a:1"], Layers: null }]);
  assert.deepEqual(item?.layers, []);
});

Deno.test("parseDockerManifest() keeps LayerSources, and ignores what it does not know", () => {
  const [item] = parse([{
    Config: "a.json",
    Layers: ["b.tar"],
    Parent: "c",
    LayerSources: { "sha256:b": { mediaType: "d", size: 1, digest: "e" } },
  }]);
  const source = item?.layerSources?.object("sha256:b");
  assert.equal(source?.string("mediaType"), "d");
});

Deno.test("parseDockerManifest() says what a look-alike is", () => {
  refuses(
    { schemaVersion: 2, config: {}, layers: [] },
    "Cannot read manifest.json: it is a registry's manifest, as skopeo's dir: and rules_docker write it, not a docker-archive's list of images",
  );
  for (const item of [{ Image: { Refs: [] } }, { ImageIndex: {} }]) {
    refuses(
      [item],
      "Cannot read manifest.json: it is a bundle of imgpkg, not a docker-archive's list of images",
    );
  }
  refuses({}, "Cannot read manifest.json: it must be a list of images");
  refuses(null, "Cannot read manifest.json: it must be a list of images");
  refuses([], "Cannot read manifest.json: it lists no image");
});

Deno.test("parseDockerManifest() names the field that is wrong", () => {
  const item = { Config: "a.json", RepoTags: ["a:1"], Layers: ["b.tar"] };
  refuses([item, null], "Cannot read manifest.json: [1] must be an object");
  refuses(
    [{ ...item, Config: null }],
    "Cannot read manifest.json: [0].Config is missing",
  );
  refuses(
    [{ Config: "a.json" }],
    "Cannot read manifest.json: [0].Layers is missing",
  );
  refuses(
    [{ ...item, Layers: ["b.tar", 1] }],
    "Cannot read manifest.json: [0].Layers[1] must be a string",
  );
  refuses(
    [{ ...item, RepoTags: "a:1" }],
    "Cannot read manifest.json: [0].RepoTags must be a list",
  );
});

Deno.test("parseDockerManifest() refuses what is not JSON", () => {
  assert.throws(
    () => parseDockerManifest(Uint8Array.of(0x5b, 0xff), "manifest.json"),
    DocumentSyntaxError,
  );
});
