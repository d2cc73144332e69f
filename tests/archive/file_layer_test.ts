import { strict as assert } from "node:assert";
import {
  type LayerEntry,
  openFileLayer,
} from "../../src/archive/file_layer.ts";
import { readAll, tempDir } from "../support/temp_dir.ts";

function entriesFor(source: string, size: number): readonly LayerEntry[] {
  return [
    { head: { type: "directory", name: "data", uid: 65532, gid: 65532 } },
    { head: { type: "file", name: "program", mode: 0o755, size }, source },
  ];
}

Deno.test("openFileLayer() writes a tar that tar reads", async () => {
  await using folder = await tempDir();
  const content = crypto.getRandomValues(new Uint8Array(2000));
  const source = await folder.write("source", content);
  const open = openFileLayer(entriesFor(source, 2000));
  const layer = await folder.write("layer.tar", await readAll(await open()));
  const list = await new Deno.Command("tar", { args: ["-tvf", layer] })
    .output();
  const lines = new TextDecoder().decode(list.stdout).trimEnd().split("\n");
  assert.match(lines[0] ?? "", /^drwxr-xr-x 65532\/65532 .* data\/$/);
  assert.match(lines[1] ?? "", /^-rwxr-xr-x 0\/0 +2000 .* program$/);
  const args = ["-xOf", layer, "program"];
  const { stdout } = await new Deno.Command("tar", { args }).output();
  assert.deepEqual(stdout, content);
});

Deno.test("openFileLayer() gives the same bytes each time, from anywhere", async () => {
  await using folder = await tempDir();
  const source = await folder.write("source", new Uint8Array(700).fill(7));
  const open = openFileLayer(entriesFor(source, 700));
  const whole = await readAll(await open());
  await Deno.utime(source, 1, 1);
  assert.deepEqual(await readAll(await open()), whole);
  for (const offset of [1, 512, 1300, whole.length - 1, whole.length]) {
    assert.deepEqual(await readAll(await open(offset)), whole.subarray(offset));
  }
});

Deno.test("openFileLayer() notices a file that has become shorter", async () => {
  await using folder = await tempDir();
  const source = await folder.write("source", new Uint8Array(10));
  const open = openFileLayer(entriesFor(source, 11));
  await assert.rejects(
    readAll(await open()),
    /Cannot read ".*source": it ends at byte 10, but had 11 bytes before/,
  );
});

Deno.test("openFileLayer() opens nothing before it is read", async () => {
  const open = openFileLayer(entriesFor("/nonexistent/file", 1));
  const stream = await open();
  await stream.cancel();
});
