import { strict as assert } from "node:assert";
import { crc32, gunzipSync, inflateRawSync } from "node:zlib";
import { tarGz, zip } from "../../scripts/package_archive.ts";

const TEXT = "content\n".repeat(100);
const FILES = [
  { name: "k8scr", bytes: new TextEncoder().encode(TEXT), executable: true },
  { name: "man/k8scr.1", bytes: new TextEncoder().encode(".TH") },
];

function ascii(bytes: Uint8Array, start: number, length: number): string {
  return new TextDecoder().decode(bytes.subarray(start, start + length))
    .replace(/\0.*$/s, "");
}

Deno.test("tarGz() writes files with mode, size and no time", () => {
  const tar = gunzipSync(tarGz(FILES));
  const second = 512 + 1024;
  for (
    const [start, name, mode, size] of [
      [0, "k8scr", 0o755, 800],
      [second, "man/k8scr.1", 0o644, 3],
    ] as const
  ) {
    assert.equal(ascii(tar, start, 100), name);
    assert.equal(parseInt(ascii(tar, start + 100, 8), 8), mode);
    assert.equal(parseInt(ascii(tar, start + 124, 12), 8), size);
    assert.equal(parseInt(ascii(tar, start + 136, 12), 8), 0);
  }
  assert.equal(ascii(tar, 512, 800), TEXT);
  assert.equal(ascii(tar, second + 512, 3), ".TH");
  assert.equal(tar.length, second + 1024 + 1024);
});

Deno.test("tarGz() says nothing of the time and the system in its header", () => {
  assert.deepEqual(
    [...tarGz(FILES).subarray(0, 10)],
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255],
  );
});

Deno.test("zip() has a directory that leads to every file", () => {
  const bytes = zip(FILES);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = bytes.length - 22;
  assert.equal(view.getUint32(end, true), 0x06054b50);
  assert.equal(view.getUint16(end + 10, true), 2);
  let entry = view.getUint32(end + 16, true);
  for (const { name, bytes: content, executable } of FILES) {
    assert.equal(view.getUint32(entry, true), 0x02014b50);
    assert.equal(view.getUint32(entry + 16, true), crc32(content));
    const size = view.getUint32(entry + 20, true);
    assert.equal(view.getUint32(entry + 24, true), content.length);
    const mode = view.getUint32(entry + 38, true) >>> 16;
    assert.equal(mode, executable ? 0o100755 : 0o100644);
    assert.equal(ascii(bytes, entry + 46, name.length), name);
    const local = view.getUint32(entry + 42, true);
    assert.equal(view.getUint32(local, true), 0x04034b50);
    const start = local + 30 + name.length;
    const inflated = inflateRawSync(bytes.subarray(start, start + size));
    assert.deepEqual(new Uint8Array(inflated), content);
    entry += 46 + name.length;
  }
  assert.equal(entry, end);
});
