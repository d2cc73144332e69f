import { strict as assert } from "node:assert";
import {
  fileInfo,
  isThere,
  makeDirectory,
  namesIn,
  publish,
  readIfThere,
  removeIfThere,
  writeDurably,
} from "../../src/server/durable_file.ts";
import { bytesOf, withDirectory } from "./registry_fixture.ts";

Deno.test("writeDurably() makes the directories and leaves no draft", async () => {
  await withDirectory(async (directory) => {
    const path = `${directory}/a/b/c/file`;
    await writeDurably(path, bytesOf("first"), directory);
    await writeDurably(path, bytesOf("second"), directory);
    assert.equal(await Deno.readTextFile(path), "second");
    assert.deepEqual(await namesIn(directory), ["a"]);
  });
});

Deno.test("writeDurably() leaves no draft when it fails", async () => {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/a`, "a file, not a directory");
    const path = `${directory}/a/b`;
    await assert.rejects(writeDurably(path, bytesOf("x"), directory));
    assert.deepEqual(await namesIn(directory), ["a"]);
  });
});

Deno.test("makeDirectory() may be called for the same path at once", async () => {
  await withDirectory(async (directory) => {
    const paths = ["a/b/c", "a/b/c", "a/b/d", "a", "a/b/c"];
    await Promise.all(
      paths.map((path) => makeDirectory(`${directory}/${path}`)),
    );
    assert.deepEqual(await namesIn(`${directory}/a/b`), ["c", "d"]);
  });
});

Deno.test("publish() moves a file", async () => {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/draft`, "x");
    await publish(`${directory}/draft`, `${directory}/a/final`);
    assert.deepEqual(await namesIn(directory), ["a"]);
    assert.equal(await Deno.readTextFile(`${directory}/a/final`), "x");
  });
});

Deno.test("what is absent is no error", async () => {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/file`, "x");
    for (const path of [`${directory}/absent`, `${directory}/file/below`]) {
      assert.equal(await isThere(path), false);
      assert.equal(await fileInfo(path), undefined);
      assert.equal(await readIfThere(path), undefined);
      assert.deepEqual(await namesIn(path), []);
      assert.equal(await removeIfThere(path), false);
    }
    assert.equal(await removeIfThere(`${directory}/file`), true);
  });
});
