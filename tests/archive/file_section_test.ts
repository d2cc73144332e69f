import { strict as assert } from "node:assert";
import {
  fingerprintFile,
  openFileSection,
} from "../../src/archive/file_section.ts";

async function withFile(
  text: string,
  test: (path: string) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "k8scr-test-" });
  try {
    await Deno.writeTextFile(path, text);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("openFileSection() reads its part of the file and no more", async () => {
  await withFile("0123456789", async (path) => {
    const fingerprint = await fingerprintFile(path);
    using section = await openFileSection({
      path,
      offset: 3,
      size: 5,
      fingerprint,
    });
    const chunks: string[] = [];
    for await (const chunk of section.chunks(2)) {
      chunks.push(new TextDecoder().decode(chunk));
    }
    assert.deepEqual(chunks, ["34", "56", "7"]);
    assert.equal(await section.read(new Uint8Array(1)), null);
  });
});

Deno.test("openFileSection() yields chunks whose buffers can be transferred", async () => {
  await withFile("0123456789", async (path) => {
    const fingerprint = await fingerprintFile(path);
    using section = await openFileSection({
      path,
      offset: 0,
      size: 10,
      fingerprint,
    });
    let text = "";
    for await (const chunk of section.chunks(4)) {
      text += new TextDecoder().decode(structuredClone(chunk, {
        transfer: [chunk.buffer],
      }));
    }
    assert.equal(text, "0123456789");
  });
});

Deno.test("openFileSection() fails when the file ends too early", async () => {
  await withFile("0123456789", async (path) => {
    const fingerprint = await fingerprintFile(path);
    using section = await openFileSection({
      path,
      offset: 6,
      size: 100,
      fingerprint,
    });
    const buffer = new Uint8Array(100);
    assert.equal(await section.read(buffer), 4);
    await assert.rejects(section.read(buffer), {
      message: "The file ends 96 bytes too early",
    });
  });
});

Deno.test("openFileSection() refuses a file that was changed", async () => {
  await withFile("0123456789", async (path) => {
    const fingerprint = await fingerprintFile(path);
    const range = { path, offset: 0, size: 5, fingerprint };
    const message = "The file was changed while it was read";
    await Deno.utime(path, 1, 1);
    await assert.rejects(openFileSection(range), { message });
    await Deno.writeTextFile(path, "0123");
    await Deno.utime(path, 1, fingerprint.mtime / 1000);
    await assert.rejects(openFileSection(range), { message });
  });
});

Deno.test("openFileSection() fails when there is no file", async () => {
  await assert.rejects(
    openFileSection({
      path: "/nonexistent/image.tar",
      offset: 0,
      size: 1,
      fingerprint: { size: 1, mtime: 0 },
    }),
    Deno.errors.NotFound,
  );
});
