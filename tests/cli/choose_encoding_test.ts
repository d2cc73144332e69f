import { strict as assert } from "node:assert";
import type { EncodingTrial } from "../../src/archive/encoding_trial.ts";
import { layerEncoding } from "../../src/archive/layer_compression.ts";
import { chooseEncoding } from "../../src/cli/choose_encoding.ts";

const GZIP: EncodingTrial = {
  encoding: layerEncoding("gzip"),
  rate: 188e6,
  ratio: 0.45,
};
const ZSTD: EncodingTrial = {
  encoding: layerEncoding("zstd"),
  rate: 322e6,
  ratio: 0.41,
};

function choose(
  uploadRate: number,
  trials: readonly EncodingTrial[] = [GZIP],
  processors = 2,
): string {
  return chooseEncoding({ uploadRate, trials, processors }).compression;
}

Deno.test("chooseEncoding() compresses where the path is slow", () => {
  assert.equal(choose(2.5e6), "gzip");
  assert.equal(choose(2.5e6, [GZIP, ZSTD]), "zstd");
});

Deno.test("chooseEncoding() sends the bytes as they are where the path is faster than the compressor", () => {
  assert.equal(choose(200e6), "none");
  assert.equal(choose(200e6, [GZIP], 16), "gzip");
});

Deno.test("chooseEncoding() takes gzip where nothing is known", () => {
  assert.equal(choose(1e9, []), "gzip");
});

Deno.test("chooseEncoding() does not compress what becomes no smaller", () => {
  assert.equal(choose(20e6, [{ ...GZIP, ratio: 1.3 }]), "none");
});
