import { strict as assert } from "node:assert";
import { decompressXz } from "../../src/archive/xz_decoder.ts";
import { madeBytes, streamOf } from "../support/compressed.ts";
import { concatBytes } from "../support/tar_builder.ts";
import { readText } from "../support/temp_dir.ts";

function read(bytes: Uint8Array): Promise<string> {
  return readText(ReadableStream.from(decompressXz(streamOf(bytes, 100))));
}

Deno.test("decompressXz() reads streams with padding between them", async () => {
  const bytes = concatBytes([
    madeBytes("xzOne"),
    new Uint8Array(8),
    madeBytes("xzTwo"),
  ]);
  assert.equal(await read(bytes), "one two");
});

Deno.test("decompressXz() reads a stream with CRC32", async () => {
  assert.equal(await read(madeBytes("xzCrc32")), "one");
});

for (
  const [name, reason] of [
    ["xzSha256", /^It has a filter or a check that k8scr cannot read/],
    ["xzFilter", /^It has a filter or a check that k8scr cannot read/],
    ["xzDictionary", /^Its dictionary is larger than 64 MiB/],
  ] as const
) {
  Deno.test(`decompressXz() says why it cannot read ${name}`, async () => {
    await assert.rejects(read(madeBytes(name)), (error) => {
      assert(error instanceof SyntaxError);
      assert.match(error.message, reason);
      return true;
    });
  });
}

Deno.test("decompressXz() reads several at the same time", async () => {
  const texts = await Promise.all(
    [madeBytes("xzOne"), madeBytes("xzTwo"), madeBytes("xzCrc32")].map(read),
  );
  assert.deepEqual(texts, ["one ", "two", "one"]);
});
