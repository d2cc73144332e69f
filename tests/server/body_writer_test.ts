import { strict as assert } from "node:assert";
import {
  BodyInterruptedError,
  BodyReader,
} from "../../src/server/body_reader.ts";
import { BodyWriter } from "../../src/server/body_writer.ts";
import { bytesOf, withDirectory } from "./registry_fixture.ts";

/** What a writer told while it wrote a body in blocks of four bytes. */
interface Outcome {
  readonly content: string;
  readonly taken: number[];
  readonly written: number[];
  readonly failure: unknown;
}

async function write(
  body: ReadableStream<Uint8Array>,
  options: { room?: number; readOnly?: boolean } = {},
): Promise<Outcome> {
  const { room = Infinity, readOnly = false } = options;
  const outcome = { content: "", taken: [0], written: [0] };
  let failure: unknown;
  await withDirectory(async (directory) => {
    const path = `${directory}/data`;
    await Deno.writeTextFile(path, "");
    using file = await Deno.open(path, { read: true, write: !readOnly });
    using reader = new BodyReader(body, { idleTimeout: 60_000 });
    const writer = new BodyWriter({
      file,
      onTake(bytes) {
        if (bytes > room) throw new RangeError("No room");
        outcome.taken.push(bytes);
      },
      onWritten: (bytes) => outcome.written.push(bytes),
    }, 4);
    try {
      await writer.write(reader);
    } catch (error) {
      failure = error;
    }
    outcome.content = await Deno.readTextFile(path);
  });
  return { ...outcome, failure };
}

function bodyOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks.map(bytesOf));
}

Deno.test("BodyWriter gathers what is small and writes what is large", async () => {
  const body = bodyOf("ab", "c", "de", "fghijkl", "", "m");
  assert.deepEqual(await write(body), {
    content: "abcdefghijklm",
    taken: [0, 3, 2, 7, 1],
    written: [0, 3, 2, 7, 1],
    failure: undefined,
  });
  assert.equal((await write(bodyOf())).content, "");
});

Deno.test("BodyWriter keeps what came before the body broke", async () => {
  const chunks = [bytesOf("abcdef")];
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks.pop();
      if (chunk === undefined) controller.error(new Error("reset"));
      else controller.enqueue(chunk);
    },
  });
  const { content, written, failure } = await write(body);
  assert.equal(content, "abcdef");
  assert.deepEqual(written, [0, 6]);
  assert.ok(failure instanceof BodyInterruptedError);
});

Deno.test("BodyWriter writes nothing of what is refused", async () => {
  const { content, written, failure } = await write(bodyOf("abcdef"), {
    room: 3,
  });
  assert.equal(content, "");
  assert.deepEqual(written, [0]);
  assert.ok(failure instanceof RangeError);
});

Deno.test("BodyWriter tells a file that cannot be written", async () => {
  const { written, failure } = await write(bodyOf("abcdefghijkl"), {
    readOnly: true,
  });
  assert.deepEqual(written, [0]);
  assert.ok(failure instanceof Error);
});
