import { strict as assert } from "node:assert";
import {
  parsePaxRecords,
  parseTarHeader,
} from "../../src/archive/tar_header.ts";
import {
  tarEnd,
  tarHeader,
  type TarMemberHead,
  tarPadding,
} from "../../src/archive/tar_writer.ts";
import { tempDir } from "../support/temp_dir.ts";

const TEXT = new TextDecoder();

/** Lists a tar of empty files and links with the tar of the system. */
async function list(...heads: TarMemberHead[]): Promise<string> {
  await using folder = await tempDir();
  const blob = new Blob([...heads.map(tarHeader), tarEnd()]);
  const path = await folder.write("a.tar", await blob.bytes());
  const { stdout, success } = await new Deno.Command("tar", {
    args: ["--utc", "-tvf", path],
    env: { LC_ALL: "C.UTF-8" },
  }).output();
  assert.ok(success);
  return TEXT.decode(stdout);
}

Deno.test("tarHeader() writes one block that says all about a file", () => {
  const block = tarHeader({
    type: "file",
    name: "blobs/a",
    size: 1234,
    mode: 0o600,
    mtime: 1_700_000_000,
    uid: 7,
    gid: 8,
  });
  assert.equal(block.length, 512);
  assert.deepEqual(parseTarHeader(block), {
    name: "blobs/a",
    type: "0",
    linkname: "",
    size: 1234,
    sparseContinues: false,
  });
  const fields = TEXT.decode(block.subarray(100, 156));
  assert.equal(
    fields.slice(0, 48),
    "0000600\x000000007\x000000010\x0000000002322\x0014524770400\0",
  );
  assert.equal(TEXT.decode(block.subarray(257, 265)), "ustar\x0000");
});

Deno.test("tarHeader() is read by the tar of the system", async () => {
  const listing = await list(
    { type: "directory", name: "bin" },
    { type: "file", name: "bin/empty", size: 0, mode: 0o755, uid: 1, gid: 2 },
    { type: "symlink", name: "sh", target: "bin/empty" },
    { type: "hardlink", name: "again", target: "bin/empty" },
    { type: "file", name: `${"long/".repeat(60)}ä`, size: 0 },
    { type: "symlink", name: "far", target: "x".repeat(300) },
  );
  const lines = listing.replaceAll(/ +/g, " ").split("\n");
  assert.deepEqual(lines, [
    "drwxr-xr-x 0/0 0 1970-01-01 00:00 bin/",
    "-rwxr-xr-x 1/2 0 1970-01-01 00:00 bin/empty",
    "lrwxrwxrwx 0/0 0 1970-01-01 00:00 sh -> bin/empty",
    "hrw-r--r-- 0/0 0 1970-01-01 00:00 again link to bin/empty",
    `-rw-r--r-- 0/0 0 1970-01-01 00:00 ${"long/".repeat(60)}ä`,
    `lrwxrwxrwx 0/0 0 1970-01-01 00:00 far -> ${"x".repeat(300)}`,
    "",
  ]);
});

Deno.test("tarHeader() puts a size of 8 GiB and a large number into a pax header", () => {
  const blocks = tarHeader({
    type: "file",
    name: "big",
    size: 8_589_934_592,
    uid: 3_000_000,
  });
  assert.equal(blocks.length, 3 * 512);
  assert.equal(parseTarHeader(blocks.subarray(0, 512))?.type, "x");
  const length = parseTarHeader(blocks.subarray(0, 512))?.size ?? 0;
  const records = parsePaxRecords(blocks.subarray(512, 512 + length));
  assert.deepEqual([...records ?? []], [
    ["uid", "3000000"],
    ["size", "8589934592"],
  ]);
  assert.equal(parseTarHeader(blocks.subarray(1024))?.size, 0);
  const largest = { type: "file", name: "b", size: 8_589_934_591 } as const;
  assert.equal(tarHeader(largest).length, 512);
});

Deno.test("tarHeader() takes a name of 100 bytes into the header, and no more", () => {
  const head = { type: "file", size: 0 } as const;
  assert.equal(tarHeader({ ...head, name: "n".repeat(100) }).length, 512);
  const blocks = tarHeader({ ...head, name: "n".repeat(101) });
  assert.equal(blocks.length, 3 * 512);
  const records = parsePaxRecords(blocks.subarray(512, 512 + 112));
  assert.equal(records?.get("path"), "n".repeat(101));
});

Deno.test("tarHeader() gives the same bytes for the same entry", () => {
  const head = { type: "file", name: "ü".repeat(80), size: 3 } as const;
  assert.deepEqual(tarHeader(head), tarHeader(head));
});

Deno.test("tarPadding() fills the last block", () => {
  assert.deepEqual(
    [0, 1, 511, 512, 513].map((size) => tarPadding(size).length),
    [0, 511, 1, 0, 511],
  );
});

Deno.test("tarEnd() is two blocks of zeros", () => {
  assert.deepEqual(tarEnd(), new Uint8Array(1024));
});
