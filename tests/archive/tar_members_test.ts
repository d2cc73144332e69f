import { strict as assert } from "node:assert";
import { FileWindow } from "../../src/archive/file_window.ts";
import { TarMembers } from "../../src/archive/tar_members.ts";
import { tempDir } from "../support/temp_dir.ts";

Deno.test("TarMembers keeps entries in their order, under normalised names", async () => {
  await using dir = await tempDir();
  using file = await Deno.open(await dir.write("x.tar", new Uint8Array(8)));
  const members = new TarMembers(new FileWindow(file, 8), "x.tar");
  await members.add("./b/", { kind: "directory" });
  await members.add("/a", { kind: "other" });
  assert.deepEqual([...members.all.keys()], ["b", "a"]);
});

Deno.test("TarMembers compares all bytes of two entries of one name", async () => {
  await using dir = await tempDir();
  const size = 600_000;
  const bytes = new Uint8Array(2 * size).fill(7);
  bytes[2 * size - 1] = 8;
  using file = await Deno.open(await dir.write("x.tar", bytes));
  const members = new TarMembers(new FileWindow(file, 2 * size), "x.tar");
  await members.add("a", { kind: "file", offset: 0, size: size - 1 });
  await members.add("a", { kind: "file", offset: size, size: size - 1 });
  await members.add("b", { kind: "file", offset: 0, size });
  await assert.rejects(
    members.add("b", { kind: "file", offset: size, size }),
    {
      message:
        'Cannot read "b" in "x.tar": it is there twice, with different content',
      recommendation: "Write the archive again, with one entry of that name",
    },
  );
});

Deno.test("TarMembers bounds the length of all names", async () => {
  await using dir = await tempDir();
  using file = await Deno.open(await dir.write("x.tar", new Uint8Array(1)));
  const members = new TarMembers(new FileWindow(file, 1), "x.tar");
  const target = "t".repeat(20 * 1024 * 1024);
  await members.add("a", { kind: "symlink", target });
  await assert.rejects(
    members.add("b", { kind: "symlink", target }),
    /its names have more than 33554432 characters$/,
  );
});

Deno.test("TarMembers bounds the number of entries", async () => {
  await using dir = await tempDir();
  using file = await Deno.open(await dir.write("x.tar", new Uint8Array(1)));
  const members = new TarMembers(new FileWindow(file, 1), "x.tar");
  const fill = async () => {
    for (let at = 0;; at++) await members.add(`${at}`, { kind: "other" });
  };
  await assert.rejects(
    fill(),
    /more than 250000 entries, which no image archive has$/,
  );
  assert.equal(members.all.size, 250_000);
});
