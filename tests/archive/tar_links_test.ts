import { strict as assert } from "node:assert";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import {
  normalizeEntryName,
  resolveMember,
  type TarMember,
} from "../../src/archive/tar_links.ts";

const FILE: TarMember = { kind: "file", offset: 512, size: 1 };

function symlink(target: string): TarMember {
  return { kind: "symlink", target };
}

function hardlink(target: string): TarMember {
  return { kind: "hardlink", target };
}

function resolve(members: Record<string, TarMember>, name: string) {
  const map = new Map(Object.entries(members));
  return resolveMember(map, name, "x.tar")?.name;
}

for (
  const [written, name] of [
    ["a/b", "a/b"],
    ["./a", "a"],
    ["/a", "a"],
    ["a//b/./c/", "a/b/c"],
    ["./", ""],
    ["a..b/..c", "a..b/..c"],
    ["..", undefined],
    ["../a", undefined],
    ["a/../../b", undefined],
    ["a/../b", undefined],
    ["a\0b", undefined],
  ] as const
) {
  Deno.test(`normalizeEntryName() makes ${JSON.stringify(written)} ${JSON.stringify(name) ?? "nothing"}`, () => {
    assert.equal(normalizeEntryName(written), name);
  });
}

Deno.test("resolveMember() takes symbolic links from their directory", () => {
  const members = {
    "b/layer.tar": symlink("../a/layer.tar"),
    "a/layer.tar": FILE,
  };
  assert.equal(resolve(members, "b/layer.tar"), "a/layer.tar");
});

Deno.test("resolveMember() takes hard links from the root", () => {
  const members = {
    "b/layer.tar": hardlink("./a/layer.tar"),
    "a/layer.tar": FILE,
  };
  assert.equal(resolve(members, "b/layer.tar"), "a/layer.tar");
});

Deno.test("resolveMember() follows links to links and linked directories", () => {
  const members = {
    x: symlink("d/y"),
    d: symlink("e"),
    "e/y": hardlink("z"),
    z: FILE,
  };
  assert.equal(resolve(members, "x"), "z");
});

Deno.test("resolveMember() finds nothing under a name that is not there", () => {
  assert.equal(resolve({ a: FILE }, "b"), undefined);
  assert.equal(resolve({ a: FILE }, "a/b"), undefined);
});

for (
  const [what, target, reason] of [
    [
      "leads nowhere",
      symlink("gone"),
      /link to "d\/gone", which the archive does not hold/,
    ],
    ["leads out", symlink("../../etc/passwd"), /leads out of the archive/],
    ["is absolute", symlink("/etc/passwd"), /leads out of the archive/],
    ["leads to itself", symlink("link"), /in a circle/],
    ["leads out as a hard link", hardlink("../x"), /leads out of the archive/],
    ["holds a NUL", symlink("a\0b"), /leads out of the archive/],
  ] as const
) {
  Deno.test(`resolveMember() refuses a link that ${what}`, () => {
    assert.throws(() => resolve({ "d/link": target }, "d/link"), (error) => {
      assert(error instanceof ArchiveError);
      assert.equal(error.entry, "d/link");
      assert.match(
        error.message,
        /^Cannot read "d\/link" in "x.tar": it is a link/,
      );
      assert.match(error.message, reason);
      return true;
    });
  });
}

Deno.test("resolveMember() refuses links that go in a circle", () => {
  const members = { a: symlink("b"), b: hardlink("c"), c: symlink("a") };
  assert.throws(() => resolve(members, "b"), /in a circle/);
});

Deno.test("resolveMember() follows 40 links and no more", () => {
  const chain = (length: number) =>
    Object.fromEntries([
      ...Array.from({ length }, (_, at) => [`l${at}`, symlink(`l${at + 1}`)]),
      [`l${length}`, FILE],
    ]);
  assert.equal(resolve(chain(40), "l0"), "l40");
  assert.throws(() => resolve(chain(41), "l0"), /more than 40 links/);
});
