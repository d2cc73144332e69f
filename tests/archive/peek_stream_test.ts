import { strict as assert } from "node:assert";
import { peekStream } from "../../src/archive/peek_stream.ts";
import { readText } from "../support/temp_dir.ts";

const ENCODER = new TextEncoder();

Deno.test("peekStream() returns the first bytes and the whole stream", async () => {
  const pieces = ["ab", "cd", "ef"].map((text) => ENCODER.encode(text));
  const { head, stream } = await peekStream(ReadableStream.from(pieces), 3);
  assert.equal(new TextDecoder().decode(head), "abc");
  assert.equal(await readText(stream), "abcdef");
});

Deno.test("peekStream() returns what there is of a shorter stream", async () => {
  const source = ReadableStream.from([ENCODER.encode("ab")]);
  const { head, stream } = await peekStream(source, 3);
  assert.equal(new TextDecoder().decode(head), "ab");
  assert.equal(await readText(stream), "ab");
});

Deno.test("peekStream() ends the stream with the one that it returns", async () => {
  const ends: unknown[] = [];
  const source = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(4)),
    cancel: (reason) => {
      ends.push(reason);
    },
  });
  const { stream } = await peekStream(source, 3);
  await stream.cancel("enough");
  assert.deepEqual(ends, ["enough"]);
});
