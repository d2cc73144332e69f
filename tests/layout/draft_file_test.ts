import { strict as assert } from "node:assert";
import type { BlobContent } from "../../src/content/blob_content.ts";
import { writeDraft } from "../../src/layout/draft_file.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { streamOf } from "../support/memory_store.ts";
import { tempDir } from "../support/temp_dir.ts";

const BYTES = new TextEncoder().encode("hello world");
const DIGEST = digestOf(BYTES);

/** Content that writes down from where it was opened. */
function contentOf(bytes: Uint8Array): BlobContent & { offsets: number[] } {
  const offsets: number[] = [];
  return {
    mediaType: "text/plain",
    digest: DIGEST,
    size: BYTES.length,
    offsets,
    open: (offset = 0) => {
      offsets.push(offset);
      return Promise.resolve(streamOf(bytes.subarray(offset)));
    },
  };
}

Deno.test("writeDraft() writes a blob and verifies it", async () => {
  await using folder = await tempDir();
  const content = contentOf(BYTES);
  assert.deepEqual(await writeDraft(content, folder.file("draft")), {
    digest: DIGEST,
    size: 11,
    bytesRead: 11,
  });
  assert.deepEqual(await Deno.readFile(folder.file("draft")), BYTES);
});

Deno.test("writeDraft() goes on where another run stopped", async () => {
  await using folder = await tempDir();
  const path = await folder.write("draft", BYTES.slice(0, 4));
  const content = contentOf(BYTES);
  const { bytesRead } = await writeDraft(content, path);
  assert.equal(bytesRead, 7);
  assert.deepEqual(content.offsets, [4]);
  assert.deepEqual(await Deno.readFile(path), BYTES);
});

Deno.test("writeDraft() starts again when what is there is something else", async () => {
  for (const left of ["hallo", "hello world, and more of it", "jello world"]) {
    await using folder = await tempDir();
    const path = await folder.write("draft", new TextEncoder().encode(left));
    const content = contentOf(BYTES);
    await writeDraft(content, path);
    assert.equal(content.offsets.at(-1), 0, left);
    assert.deepEqual(await Deno.readFile(path), BYTES);
  }
});

Deno.test("writeDraft() keeps nothing of a blob that is wrong", async () => {
  await using folder = await tempDir();
  const wrong = contentOf(new TextEncoder().encode("HELLO WORLD"));
  await assert.rejects(writeDraft(wrong, folder.file("draft")), {
    name: "ContentMismatchError",
  });
  assert.deepEqual(folder.names(), []);
});

Deno.test("writeDraft() keeps what a broken stream has brought", async () => {
  await using folder = await tempDir();
  const content = {
    ...contentOf(BYTES),
    open: () =>
      Promise.resolve(ReadableStream.from((async function* () {
        yield await Promise.resolve(BYTES.slice(0, 6));
        throw new Error("broken");
      })())),
  };
  const path = folder.file("draft");
  await assert.rejects(writeDraft(content, path), { message: "broken" });
  assert.deepEqual(await Deno.readFile(path), BYTES.slice(0, 6));
});

Deno.test("writeDraft() leaves nothing of a blob whose digest nobody knows", async () => {
  await using folder = await tempDir();
  const content = {
    mediaType: "text/plain",
    open: () => Promise.reject(new Error("broken")),
  };
  await assert.rejects(writeDraft(content, folder.file("draft")), {
    message: "broken",
  });
  assert.deepEqual(folder.names(), []);
});
