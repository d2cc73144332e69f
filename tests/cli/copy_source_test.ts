import { strict as assert } from "node:assert";
import { copyCommand } from "../../src/cli/commands/copy.ts";
import { readCopySettings } from "../../src/cli/copy_settings.ts";
import { planHostImages } from "../../src/cli/copy_source.ts";
import type { SourceLocation } from "../../src/cli/source_location.ts";
import { buildImage } from "../support/images.ts";
import { MemorySource } from "../support/memory_store.ts";
import { callOf } from "./command_call.ts";

const ONE = buildImage();
const TWO = buildImage({ layers: [{ b: "" }] });

async function namesOf(
  source: MemorySource,
  location: SourceLocation,
): Promise<readonly (readonly string[])[]> {
  const settings = await readCopySettings(callOf(copyCommand, "a", "oci:dir"));
  const { images } = await planHostImages(source, location, settings);
  return images.map(({ names }) => names);
}

Deno.test("planHostImages() keeps full names, hosts included", async () => {
  const source = new MemorySource()
    .add(ONE, "ghcr.io/cool/app:1", "latest").add(TWO, "app:2");
  assert.deepEqual(await namesOf(source, { kind: "path", path: "x.tar" }), [
    ["ghcr.io/cool/app:1"],
    ["app:2"],
  ]);
});

Deno.test("planHostImages() makes a name of a tag and that of the file", async () => {
  const source = new MemorySource().add(ONE, "1.2").add(TWO);
  assert.deepEqual(await namesOf(source, { kind: "layout", path: "/x/tool" }), [
    ["tool:1.2"],
    [],
  ]);
});

Deno.test("planHostImages() takes only the image that was asked for", async () => {
  const source = new MemorySource().add(ONE, "a:1").add(TWO, "b:1");
  const location = { kind: "path", path: "x.tar", name: "b:1" } as const;
  assert.deepEqual(await namesOf(source, location), [["b:1"]]);
  await assert.rejects(namesOf(source, { ...location, name: "c:1" }), {
    name: "NamingError",
  });
});
