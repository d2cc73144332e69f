import { strict as assert } from "node:assert";
import { FileWindow } from "../../src/archive/file_window.ts";
import {
  readTrailer,
  reportedAtEnd,
  reportedError,
  startsReport,
} from "../../src/archive/tar_trailer.ts";
import { toBytes } from "../support/tar_builder.ts";
import { tempDir } from "../support/temp_dir.ts";

const REPORT =
  '{"errorDetail":{"message":"open /x: no"},"error":"open /x: no"}\r\n';

Deno.test("readTrailer() leaves out the zeros before", async () => {
  await using dir = await tempDir();
  const bytes = toBytes("head" + "\0".repeat(5000) + "tail\0");
  using file = await Deno.open(await dir.write("x", bytes));
  const window = new FileWindow(file, bytes.length);
  assert.deepEqual(await readTrailer(window, 4), toBytes("tail\0"));
  assert.deepEqual(await readTrailer(window, 5008), new Uint8Array());
});

Deno.test("reportedError() finds the line of an engine", () => {
  assert.equal(reportedError(toBytes(REPORT)), "open /x: no");
  assert.equal(reportedError(toBytes("layer" + REPORT)), "open /x: no");
  assert.equal(reportedError(toBytes('{"error":"short"}')), "short");
});

for (
  const text of [
    "",
    "anything",
    '{"error":"cut',
    '{"errorDetail":{}}',
    '{"stream":"fine"}',
    REPORT + "and more",
  ]
) {
  Deno.test(`reportedError() finds none in ${JSON.stringify(text)}`, () => {
    assert.equal(reportedError(toBytes(text)), undefined);
  });
}

Deno.test("reportedAtEnd() reads the last bytes of a file", async () => {
  await using dir = await tempDir();
  const bytes = toBytes("x".repeat(10_000) + REPORT);
  using file = await Deno.open(await dir.write("x", bytes));
  const window = new FileWindow(file, bytes.length);
  assert.equal(await reportedAtEnd(window), "open /x: no");
});

Deno.test("startsReport() knows a report by its beginning", () => {
  assert.equal(startsReport(toBytes(REPORT).subarray(0, 20)), true);
  assert.equal(startsReport(toBytes('{"id":1}')), false);
});
