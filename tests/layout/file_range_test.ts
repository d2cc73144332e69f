import { strict as assert } from "node:assert";
import { openFileRange, readFileRange } from "../../src/layout/file_range.ts";
import { readAll, tempDir } from "../support/temp_dir.ts";

const BYTES = new Uint8Array(1_200_000).map((_, at) => at * 11 >> 3);

function endsEarly(position: number): Error {
  return new Error(`It ends at ${position}`);
}

Deno.test("openFileRange() yields exactly the range", async () => {
  await using dir = await tempDir();
  const path = await dir.write("x", BYTES);
  const range = { path, offset: 1000, size: 1_100_000 };
  const bytes = await readAll(await openFileRange(range, { endsEarly }));
  assert.equal(bytes.length, 1_100_000);
  assert(bytes.every((byte, at) => byte === BYTES[1000 + at]));
});

Deno.test("openFileRange() yields pieces of at most 512 KiB", async () => {
  await using dir = await tempDir();
  const path = await dir.write("x", BYTES);
  const range = { path, offset: 0, size: BYTES.length };
  const sizes: number[] = [];
  for await (const piece of await openFileRange(range, { endsEarly })) {
    sizes.push(piece.length);
  }
  assert.deepEqual(sizes, [524_288, 524_288, 151_424]);
});

Deno.test("openFileRange() needs no cancel once all bytes are read", async () => {
  await using dir = await tempDir();
  const path = await dir.write("x", BYTES);
  const empty = { path, offset: 5, size: 0 };
  const reader = (await openFileRange(empty, { endsEarly })).getReader();
  assert.deepEqual(await reader.read(), { done: true, value: undefined });
  const short = { path, offset: 5, size: 3 };
  // The sanitizer of the test finds a file that stays open.
  const { value } = await (await openFileRange(short, { endsEarly }))
    .getReader().read();
  assert.deepEqual(value, BYTES.slice(5, 8));
});

Deno.test("openFileRange() fails where the file ends early", async () => {
  await using dir = await tempDir();
  const path = await dir.write("x", BYTES.subarray(0, 100));
  const stream = await openFileRange({ path, offset: 90, size: 20 }, {
    endsEarly,
  });
  await assert.rejects(readAll(stream), { message: "It ends at 100" });
});

Deno.test("readFileRange() reads a range, and fails where the file ends early", async () => {
  await using dir = await tempDir();
  const path = await dir.write("x", BYTES.subarray(0, 100));
  assert.deepEqual(
    await readFileRange({ path, offset: 90, size: 10 }, { endsEarly }),
    BYTES.slice(90, 100),
  );
  await assert.rejects(
    readFileRange({ path, offset: 90, size: 11 }, { endsEarly }),
    { message: "It ends at 100" },
  );
});

Deno.test("openFileRange() fails when there is no file", async () => {
  await using dir = await tempDir();
  const range = { path: dir.file("x"), offset: 0, size: 1 };
  await assert.rejects(
    openFileRange(range, { endsEarly }),
    Deno.errors.NotFound,
  );
});
