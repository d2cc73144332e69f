import { strict as assert } from "node:assert";
import { FileWindow } from "../../src/archive/file_window.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("FileWindow reads pieces near and far, forward and back", async () => {
  await using dir = await tempDir();
  const bytes = Uint8Array.from({ length: 1_000_000 }, (_, at) => at * 31 >> 3);
  using file = await Deno.open(await dir.write("x", bytes));
  const window = new FileWindow(file, bytes.length);
  for (
    const [offset, length] of [
      [0, 512],
      [512, 512],
      [4090, 512],
      [900_000, 100],
      [3, 5],
      [200_000, 600_000],
      [999_990, 10],
    ] as const
  ) {
    assert.deepEqual(
      await window.read(offset, length),
      bytes.subarray(offset, offset + length),
    );
  }
});

Deno.test("FileWindow returns fewer bytes at the end", async () => {
  await using dir = await tempDir();
  using file = await Deno.open(await dir.write("x", Uint8Array.of(1, 2, 3)));
  const window = new FileWindow(file, 3);
  assert.deepEqual(await window.read(2, 512), Uint8Array.of(3));
  assert.deepEqual(await window.read(3, 512), new Uint8Array());
  assert.deepEqual(await window.read(900, 512), new Uint8Array());
});

Deno.test("FileWindow returns fewer bytes of a file that became shorter", async () => {
  await using dir = await tempDir();
  const path = await dir.write("x", new Uint8Array(100));
  using file = await Deno.open(path);
  await Deno.truncate(path, 10);
  assert.equal((await new FileWindow(file, 100).read(4, 90)).length, 6);
});
