import { strict as assert } from "node:assert";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import { indexTar } from "../../src/archive/tar_index.ts";
import type { TarMember } from "../../src/archive/tar_links.ts";
import {
  buildTar,
  concatBytes,
  gnuLong,
  paxHeader,
  tarHeader,
  type TarItem,
  type TarOptions,
  toBytes,
} from "../support/tar_builder.ts";
import { tempDir } from "../support/temp_dir.ts";

async function indexBytes(
  bytes: Uint8Array,
): Promise<Record<string, TarMember>> {
  await using dir = await tempDir();
  using file = await Deno.open(await dir.write("x.tar", bytes));
  return Object.fromEntries((await indexTar(file, "x.tar")).members);
}

function index(
  items: readonly TarItem[],
  options?: TarOptions,
): Promise<Record<string, TarMember>> {
  return indexBytes(buildTar(items, options));
}

async function fault(bytes: Uint8Array): Promise<ArchiveError> {
  const error = await indexBytes(bytes).then(() => undefined, (error) => error);
  assert(error instanceof ArchiveError, `${error}`);
  return error;
}

const LONG = "directory/".repeat(20) + "file";

Deno.test("indexTar() finds entries of every kind", async () => {
  assert.deepEqual(
    await index([
      { name: "dir/", type: "5" },
      { name: "./dir/a", data: "12345" },
      { name: "/b", type: "7", data: "x" },
      { name: "link", type: "2", linkname: "b" },
      { name: "hard", type: "1", linkname: "dir/a", size: 5 },
      { name: "old-dir/", type: "\0", format: "v7" },
      { name: "null", type: "3" },
      { name: "label", type: "V", data: "something" },
    ]),
    {
      dir: { kind: "directory" },
      "dir/a": { kind: "file", offset: 1024, size: 5 },
      b: { kind: "file", offset: 2048, size: 1 },
      link: { kind: "symlink", target: "b" },
      hard: { kind: "hardlink", target: "dir/a" },
      "old-dir": { kind: "directory" },
      null: { kind: "other" },
      label: { kind: "other" },
    },
  );
});

Deno.test("indexTar() reads pax names, targets and sizes", async () => {
  const header = { name: "short", size: 0 };
  const bytes = concatBytes([
    buildTar([paxHeader({ path: LONG, size: "3" })], { zeroBlocks: 0 }),
    tarHeader(header),
    buildTar([], { zeroBlocks: 0 }),
    toBytes("abc".padEnd(512, "\0")),
    buildTar([
      paxHeader({ linkpath: LONG }),
      { name: "link", type: "1", linkname: "short" },
    ]),
  ]);
  assert.deepEqual(await indexBytes(bytes), {
    [LONG]: { kind: "file", offset: 1536, size: 3 },
    link: { kind: "hardlink", target: LONG },
  });
});

Deno.test("indexTar() keeps global pax records until they are taken back", async () => {
  const members = await index([
    paxHeader({ comment: "a commit", linkpath: "target" }, "g"),
    { name: "one", type: "2" },
    paxHeader({ linkpath: "other" }),
    { name: "two", type: "2" },
    paxHeader({ linkpath: "" }),
    { name: "three", type: "2", linkname: "own" },
    { name: "four", type: "2" },
  ]);
  assert.deepEqual(
    Object.values(members).map((member) => "target" in member && member.target),
    ["target", "other", "own", "target"],
  );
});

Deno.test("indexTar() reads GNU long names and targets", async () => {
  const members = await index([
    gnuLong("L", LONG),
    { name: LONG.slice(0, 100), data: "x", format: "gnu" },
    gnuLong("L", "link/" + LONG),
    gnuLong("K", LONG),
    { name: "link", type: "1", linkname: "cut", format: "gnu" },
    { name: "after", format: "gnu" },
  ]);
  assert.deepEqual(Object.keys(members), [LONG, "link/" + LONG, "after"]);
  assert.deepEqual(members["link/" + LONG], { kind: "hardlink", target: LONG });
});

Deno.test("indexTar() steps over sparse files of all formats", async () => {
  const map = new Uint8Array(512);
  map[504] = 1;
  const old = tarHeader({ name: "old", type: "S", data: "12", format: "gnu" });
  // The checksum stays right: the byte moves from the mode to `isextended`.
  const moved = (old[106] ?? 0) - 1;
  old[106] = moved;
  old[482] = 1;
  const members = await indexBytes(concatBytes([
    old,
    map,
    new Uint8Array(512),
    toBytes("12".padEnd(512, "\0")),
    buildTar([
      paxHeader({
        "GNU.sparse.major": "1",
        "GNU.sparse.minor": "0",
        "GNU.sparse.name": "new",
        "GNU.sparse.realsize": "9999",
      }),
      { name: "GNUSparseFile.1/new", data: "1\n0\n" },
      { name: "plain", data: "x" },
    ]),
  ]));
  assert.deepEqual(
    Object.entries(members).map(([name, { kind }]) => [name, kind]),
    [["old", "sparse"], ["new", "sparse"], ["plain", "file"]],
  );
});

for (
  const [what, options] of [
    ["two zero blocks", {}],
    ["one zero block", { zeroBlocks: 1 }],
    ["none", { zeroBlocks: 0 }],
    ["padding to 10 KiB", { padTo: 10240 }],
    ["many zero blocks", { zeroBlocks: 50 }],
    ["something after it", { trailing: "anything" }],
  ] as const
) {
  Deno.test(`indexTar() accepts an end of ${what}`, async () => {
    const members = await index([{ name: "a", data: "x" }], options);
    assert.deepEqual(Object.keys(members), ["a"]);
  });
}

Deno.test("indexTar() accepts a last entry without its padding", async () => {
  const bytes = buildTar([{ name: "a", data: "x" }], { zeroBlocks: 0 });
  assert.deepEqual(Object.keys(await indexBytes(bytes.subarray(0, 513))), [
    "a",
  ]);
});

Deno.test("indexTar() returns what follows the end", async () => {
  await using dir = await tempDir();
  const bytes = buildTar([{ name: "a" }], { padTo: 4096, trailing: "tail" });
  using file = await Deno.open(await dir.write("x.tar", bytes));
  const { trailer } = await indexTar(file, "x.tar");
  assert.equal(new TextDecoder().decode(trailer), "tail");
});

Deno.test("indexTar() names the entry and the byte where a tar is cut off", async () => {
  const bytes = buildTar([{ name: "a" }, {
    name: "b/c",
    data: "x".repeat(600),
  }]);
  const error = await fault(bytes.subarray(0, 1600));
  assert.equal(error.entry, "b/c");
  assert.equal(
    error.message,
    'Cannot read "b/c" in "x.tar": the archive is truncated: it has 1600 bytes, and this entry ends at byte 1624',
  );
});

Deno.test("indexTar() tells what the engine reported inside an entry", async () => {
  const start = buildTar([{ name: "a", size: 9999 }], { zeroBlocks: 0 });
  const report =
    '{"errorDetail":{"message":"disk gone"},"error":"disk gone"}\r\n';
  const error = await fault(concatBytes([start, toBytes("abc" + report)]));
  assert.match(error.message, /; the engine reported "disk gone"$/);
});

Deno.test("indexTar() refuses a tar that ends inside a header", async () => {
  const bytes = buildTar([{ name: "a" }, { name: "b" }]).subarray(0, 700);
  assert.match(
    (await fault(bytes)).message,
    /truncated: it ends at byte 700, inside a header$/,
  );
});

for (
  const [what, items, reason] of [
    [
      "a damaged header",
      [{ name: "a" }, { name: "b", checksum: "wrong" }],
      /there is no header at byte 512$/,
    ],
    [
      "a name with ..",
      [{ name: "a/../../b" }],
      /its name leads out of the archive$/,
    ],
    [
      "a name with a NUL",
      [paxHeader({ path: "a\0b" }), { name: "a" }],
      /leads out/,
    ],
    ["a name of 5000 characters", [gnuLong("L", "n".repeat(5000)), {
      name: "n",
    }], /a name has 5000 characters, at most 4096/],
    [
      "metadata of 2 MiB",
      [{ name: "x", type: "x", data: "x".repeat(2 << 20) }],
      /metadata at byte 512 has 2097152 bytes/,
    ],
    [
      "a malformed pax header",
      [{ name: "x", type: "x", data: "nothing" }],
      /malformed pax header at byte 512$/,
    ],
    [
      "a malformed pax size",
      [paxHeader({ size: "-1" }), { name: "a" }],
      /its size is malformed$/,
    ],
    ["two files of one name", [{ name: "a", data: "1" }, {
      name: "./a",
      data: "2",
    }], /twice, with different content$/],
    ["files of one name and other length", [{ name: "a", data: "1" }, {
      name: "a",
      data: "12",
    }], /twice/],
    ["a file and a link of one name", [{ name: "a" }, {
      name: "a",
      type: "2",
      linkname: "b",
    }], /twice/],
    ["two links of one name", [{ name: "a", type: "2", linkname: "c" }, {
      name: "a",
      type: "2",
      linkname: "b",
    }], /twice/],
  ] as [string, TarItem[], RegExp][]
) {
  Deno.test(`indexTar() refuses ${what}`, async () => {
    assert.match((await fault(buildTar(items))).message, reason);
  });
}

Deno.test("indexTar() accepts an entry that is there twice with the same content", async () => {
  const members = await index([
    { name: "a", data: "same" },
    { name: "link", type: "2", linkname: "a" },
    { name: "dir/", type: "5" },
    { name: "./a", data: "same" },
    { name: "a", type: "1", linkname: "a" },
    { name: "link", type: "2", linkname: "a" },
    { name: "dir/", type: "5" },
  ]);
  assert.deepEqual(Object.keys(members), ["a", "link", "dir"]);
  assert.deepEqual(members.a, { kind: "file", offset: 512, size: 4 });
});

Deno.test("indexTar() refuses what is no tar", async () => {
  const error = await fault(toBytes("nothing of the kind".repeat(100)));
  assert.equal(error.message, 'Cannot read "x.tar": it is not a tar archive');
});

Deno.test("indexTar() refuses entries behind a single zero block", async () => {
  const first = buildTar([{ name: "a" }], { zeroBlocks: 1 });
  const error = await fault(concatBytes([first, buildTar([{ name: "b" }])]));
  assert.match(error.message, /it goes on at byte 1024, after its end$/);
});

Deno.test("indexTar() seeks over content: a tar of 40 GB with four entries", async () => {
  await using dir = await tempDir();
  const path = dir.file("big.tar");
  const size = 10 * 2 ** 30;
  {
    using file = await Deno.open(path, { write: true, create: true });
    for (let at = 0; at < 4; at++) {
      await file.seek(at * (size + 512), Deno.SeekMode.Start);
      await file.write(tarHeader({ name: `layer${at}`, size, base256: true }));
    }
    await file.truncate(4 * (size + 512) + 1024);
  }
  using file = await Deno.open(path);
  const { members } = await indexTar(file, path);
  assert.deepEqual(members.get("layer3"), {
    kind: "file",
    offset: 3 * (size + 512) + 512,
    size,
  });
});
