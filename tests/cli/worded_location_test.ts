import { strict as assert } from "node:assert";
import {
  isPath,
  locateWorded,
  splitWord,
} from "../../src/cli/worded_location.ts";
import { tempDir } from "../support/temp_dir.ts";

function locate(text: string) {
  return locateWorded(splitWord(text));
}

Deno.test("locateWorded() reads skopeo's words, with and without a name", async () => {
  assert.deepEqual(await locate("docker-archive:a.tar:app:1"), {
    kind: "archive",
    format: "docker-archive",
    path: "a.tar",
    name: "app:1",
  });
  assert.deepEqual(await locate("oci-archive:-"), {
    kind: "stream",
    format: "oci-archive",
  });
  assert.deepEqual(await locate("oci:dir"), { kind: "layout", path: "dir" });
  assert.equal(await locate("docker-daemon:app"), undefined);
  assert.equal(await locate("app"), undefined);
});

Deno.test("locateWorded() prefers a file that has a colon in its name", async () => {
  await using dir = await tempDir();
  const path = await dir.write("a:b", new Uint8Array());
  assert.deepEqual(await locate(`oci:${path}`), { kind: "layout", path });
});

Deno.test("isPath() tells what is there", async () => {
  await using dir = await tempDir();
  assert.equal(await isPath(dir.path), true);
  assert.equal(await isPath(dir.file("missing")), false);
});
