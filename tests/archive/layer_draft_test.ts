import { strict as assert } from "node:assert";
import { Buffer } from "node:buffer";
import { gunzipSync, gzipSync, zstdCompressSync } from "node:zlib";
import { digestOf } from "../../src/oci/digest.ts";
import type { Compression } from "../../src/oci/media_type.ts";
import { fingerprintFile } from "../../src/archive/file_section.ts";
import {
  LAYER_BLOCK_SIZE,
  layerEncoding,
} from "../../src/archive/layer_compression.ts";
import {
  draftLayer,
  type SniffedLayer,
} from "../../src/archive/layer_draft.ts";
import { LayerPool } from "../../src/archive/layer_pool.ts";
import { openTar } from "../../src/archive/tar_archive.ts";
import { buildTar } from "../support/tar_builder.ts";
import { readAll, sampleBytes } from "./layer_files.ts";

/** Three blocks, the last one short. */
const SAMPLE = sampleBytes(2 * LAYER_BLOCK_SIZE + 1000);
const DIFF_ID = digestOf(SAMPLE);
const BZIP2_MAGIC = Uint8Array.of(0x42, 0x5a, 0x68, 0x39);

/** Drafts the layer that is alone in a tar. */
async function withDraft(
  stored: Uint8Array,
  compression: Compression,
  test: (layer: SniffedLayer, pool: LayerPool) => Promise<void> | void,
): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "k8scr-test-" });
  await Deno.writeFile(path, buildTar([{ name: "layer.tar", data: stored }]));
  const tar = await openTar(path, { deleteOnClose: true });
  const pool = new LayerPool({ workers: 1 });
  try {
    const entry = tar.entry("layer.tar") ?? assert.fail("It is not there");
    const layer = await draftLayer(entry, DIFF_ID, {
      tar,
      fingerprint: await fingerprintFile(path),
      encoding: layerEncoding(compression),
      pool,
    });
    await test(layer, pool);
  } finally {
    pool.close();
    await tar.close();
  }
}

Deno.test("draftLayer() says what a plain layer will be, and starts no thread for it", async () => {
  await withDraft(SAMPLE, "gzip", ({ draft, plain }, pool) => {
    assert.equal(plain, true);
    assert.equal(draft.diffId, DIFF_ID);
    assert.equal(draft.storedSize, SAMPLE.length);
    const { open: _, sourceBytes, ...known } = draft.content;
    assert.equal(sourceBytes?.(0), 0);
    assert.deepEqual(known, {
      mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
      identity: `${DIFF_ID} gzip-1`,
    });
    assert.equal(pool.threads, 0);
  });
  await withDraft(SAMPLE, "zstd", ({ draft }) => {
    const { open: _, sourceBytes: _s, ...known } = draft.content;
    assert.deepEqual(known, {
      mediaType: "application/vnd.oci.image.layer.v1.tar+zstd",
      identity: `${DIFF_ID} zstd-1`,
    });
  });
});

Deno.test("draftLayer() knows digest and size of a plain layer that stays plain", async () => {
  await withDraft(SAMPLE, "none", ({ draft }) => {
    const { open: _, ...known } = draft.content;
    assert.deepEqual(known, {
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest: DIFF_ID,
      size: SAMPLE.length,
    });
  });
});

Deno.test("draftLayer() keeps a compressed layer, and trusts no name for its digest", async () => {
  const cases = [
    [gzipSync(SAMPLE), "application/vnd.oci.image.layer.v1.tar+gzip"],
    [zstdCompressSync(SAMPLE), "application/vnd.oci.image.layer.v1.tar+zstd"],
  ] as const;
  for (const [stored, mediaType] of cases) {
    await withDraft(stored, "none", async ({ draft, plain }) => {
      const { open, identity, ...known } = draft.content;
      assert.equal(plain, false);
      assert.deepEqual(known, { mediaType, size: stored.length });
      assert.ok(identity?.startsWith(`${DIFF_ID} stored-${stored.length}-`));
      assert.equal(Buffer.compare(await readAll(await open()), stored), 0);
    });
  }
});

Deno.test("draftLayer() knows the digest of a bzip2 layer that is sent plain, not its size", async () => {
  await withDraft(BZIP2_MAGIC, "none", ({ draft, plain }) => {
    const { open: _, ...known } = draft.content;
    assert.equal(plain, false);
    assert.deepEqual(known, {
      mediaType: "application/vnd.oci.image.layer.v1.tar",
      digest: DIFF_ID,
    });
  });
});

Deno.test("draftLayer() opens the same bytes again, from any offset", async () => {
  for (const compression of ["gzip", "zstd", "none"] as const) {
    await withDraft(SAMPLE, compression, async ({ draft: { content } }) => {
      // Before any block is known, and after.
      const early = await readAll(await content.open(700_000));
      const whole = await readAll(await content.open());
      for (const offset of [0, 5, 700_000, whole.length - 1, whole.length]) {
        const rest = await readAll(await content.open(offset));
        assert.equal(Buffer.compare(rest, whole.subarray(offset)), 0);
      }
      assert.equal(Buffer.compare(early, whole.subarray(700_000)), 0);
    });
  }
});

Deno.test("draftLayer() makes gzip that holds the layer", async () => {
  await withDraft(SAMPLE, "gzip", async ({ draft }) => {
    const bytes = await readAll(await draft.content.open());
    assert.equal(Buffer.compare(gunzipSync(bytes), SAMPLE), 0);
  });
});
