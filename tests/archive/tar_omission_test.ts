import { strict as assert } from "node:assert";
import {
  type PassingEntry,
  TarOmission,
} from "../../src/archive/tar_omission.ts";
import { buildTar, type TarItem } from "../support/tar_builder.ts";

/** Returns the offsets at which there are holes, and what was asked. */
async function pass(
  tar: Uint8Array,
  step: number,
): Promise<{ kept: Uint8Array; holes: number; asked: PassingEntry[] }> {
  const asked: PassingEntry[] = [];
  const omission = new TarOmission((entry) => {
    asked.push(entry);
    return Promise.resolve(entry.name.startsWith("big"));
  });
  const kept = new Uint8Array(tar.length);
  let offset = 0;
  let holes = 0;
  for (let start = 0; start < tar.length; start += step) {
    for await (
      const piece of omission.pieces(tar.subarray(start, start + step))
    ) {
      if (typeof piece === "number") holes += piece;
      else kept.set(piece, offset);
      offset += typeof piece === "number" ? piece : piece.length;
    }
  }
  assert.equal(offset, tar.length);
  return { kept, holes, asked };
}

const ITEMS: readonly TarItem[] = [
  { name: "folder/", type: "5" },
  { name: "big", data: "x".repeat(1500) },
  { name: "link", type: "2", linkname: "big" },
  { name: "small", data: "y".repeat(513) },
];

Deno.test("TarOmission leaves a hole in the place of what is not wanted", async () => {
  const tar = buildTar(ITEMS);
  const expected = buildTar(ITEMS).map((byte) => byte);
  // Behind two headers; 1500 bytes and their padding.
  expected.fill(0, 1024, 1024 + 1536);
  for (const step of [1, 100, 512, 1000, tar.length]) {
    const { kept, holes, asked } = await pass(tar, step);
    assert.equal(holes, 1536);
    assert.deepEqual(kept, expected);
    assert.deepEqual(asked, [{ name: "big", size: 1500 }, {
      name: "small",
      size: 513,
    }]);
  }
});

Deno.test("TarOmission keeps everything from the first uncommon entry on", async () => {
  const items = [
    { name: "pax", type: "x", data: "12 size=999\n" },
    ...ITEMS,
  ];
  const tar = buildTar(items);
  const { kept, holes, asked } = await pass(tar, 700);
  assert.deepEqual({ holes, asked }, { holes: 0, asked: [] });
  assert.deepEqual(kept, tar);
});

Deno.test("TarOmission keeps what is no tar", async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(5000));
  const { kept, holes } = await pass(bytes, 999);
  assert.equal(holes, 0);
  assert.deepEqual(kept, bytes);
});
