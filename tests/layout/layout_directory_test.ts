import { strict as assert } from "node:assert";
import { LayoutDirectory } from "../../src/layout/layout_directory.ts";
import { LayoutError } from "../../src/layout/layout_error.ts";
import { toBytes } from "../support/tar_builder.ts";
import { readText, tempDir } from "../support/temp_dir.ts";

Deno.test("LayoutDirectory reads files, also through symbolic links", async () => {
  await using dir = await tempDir();
  await dir.write("real", toBytes("content"));
  await Deno.symlink(dir.file("real"), dir.file("link"));
  const files = new LayoutDirectory(dir.path);
  for (const path of ["real", "link"]) {
    assert.equal(await files.size(path), 7);
    assert.deepEqual(await files.read(path, 7), toBytes("content"));
    const stream = await files.open(path, 3);
    assert(stream !== undefined);
    assert.equal(await readText(stream), "tent");
  }
});

Deno.test("LayoutDirectory knows regular files only", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.file("folder"));
  await Deno.symlink(dir.file("gone"), dir.file("dangling"));
  await dir.write("file", toBytes("x"));
  const files = new LayoutDirectory(dir.path);
  for (const path of ["folder", "dangling", "absent", "file/below"]) {
    assert.equal(await files.size(path), undefined);
    assert.equal(await files.read(path, 9), undefined);
    assert.equal(await files.open(path, 0), undefined);
  }
});

Deno.test("LayoutDirectory lists the digests of its blobs", async () => {
  await using dir = await tempDir();
  const files = new LayoutDirectory(dir.path);
  assert.deepEqual(await files.blobs(), []);
  await Deno.mkdir(dir.file("blobs/sha256"), { recursive: true });
  const [a, b] = ["a".repeat(64), "b".repeat(64)];
  for (const name of [b, a, "no-digest"]) {
    await dir.write(`blobs/sha256/${name}`, toBytes("x"));
  }
  assert.deepEqual(await files.blobs(), [`sha256:${a}`, `sha256:${b}`]);
});

Deno.test("LayoutDirectory refuses files that are too large", async () => {
  await using dir = await tempDir();
  await dir.write("index.json", toBytes("1234"));
  const files = new LayoutDirectory(dir.path);
  await assert.rejects(files.read("index.json", 3), {
    name: "LayoutError",
    message:
      `Cannot read "${dir.path}": index.json has 4 bytes, at most 3 are read`,
  });
});

Deno.test("LayoutDirectory fails when a file becomes shorter", async () => {
  await using dir = await tempDir();
  const path = await dir.write("blob", new Uint8Array(600_000));
  const stream = await new LayoutDirectory(dir.path).open("blob", 0);
  assert(stream !== undefined);
  await Deno.truncate(path, 10);
  await assert.rejects(readText(stream), (error) => {
    assert(error instanceof LayoutError);
    assert.match(
      error.message,
      /blob ends at byte 10: it was changed while it was read$/,
    );
    return true;
  });
});

Deno.test("LayoutDirectory lists names, folders with a slash", async () => {
  await using dir = await tempDir();
  await Deno.mkdir(dir.file("blobs"));
  await dir.write("index.json", toBytes("{}"));
  const files = new LayoutDirectory(dir.path);
  assert.deepEqual(await files.list(), ["blobs/", "index.json"]);
  await files.close();
});
