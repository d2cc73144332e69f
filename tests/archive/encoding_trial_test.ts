import { strict as assert } from "node:assert";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { tryEncodings } from "../../src/archive/encoding_trial.ts";
import { layerEncoding } from "../../src/archive/layer_compression.ts";
import { tempDir } from "../support/temp_dir.ts";

const ENCODINGS = [layerEncoding("gzip"), layerEncoding("none")];

async function tried(bytes: Uint8Array) {
  await using dir = await tempDir();
  const path = join(dir.path, "image.tar");
  await Deno.writeFile(path, bytes);
  let time = 0;
  return await tryEncodings(path, ENCODINGS, { now: () => time += 500 });
}

Deno.test("tryEncodings() measures rate and ratio on parts of the archive", async () => {
  const [gzip, none] = await tried(new Uint8Array(8 * 1024 * 1024));
  assert.equal(gzip?.encoding.compression, "gzip");
  assert.equal(gzip.rate, 8 * 1024 * 1024);
  assert.ok(gzip.ratio < 0.02, `${gzip.ratio}`);
  assert.equal(none?.ratio, 1);
});

Deno.test("tryEncodings() takes a small archive whole", async () => {
  const [, none] = await tried(new Uint8Array(1000));
  assert.equal(none?.rate, 2000);
});

Deno.test("tryEncodings() says nothing of an archive that is compressed as a whole", async () => {
  assert.deepEqual(await tried(gzipSync(new Uint8Array(1000))), []);
  assert.deepEqual(await tried(new Uint8Array()), []);
});
