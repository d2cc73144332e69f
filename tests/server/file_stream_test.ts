import { strict as assert } from "node:assert";
import { type FileRange, streamFile } from "../../src/server/file_stream.ts";
import { TransferLoad } from "../../src/server/transfer_load.ts";
import { until, withDirectory } from "./registry_fixture.ts";

const CONTENT = "0123456789".repeat(100_000);

interface End {
  readonly bytes: number;
  readonly failure: unknown;
}

async function withStream(
  range: Omit<FileRange, "file">,
  action: (stream: ReadableStream<Uint8Array>, ends: End[]) => Promise<void>,
  idleTimeout = 60_000,
): Promise<void> {
  await withDirectory(async (directory) => {
    const path = `${directory}/data`;
    await Deno.writeTextFile(path, CONTENT);
    const file = await Deno.open(path);
    const load = new TransferLoad();
    const ends: End[] = [];
    const onEnd = (bytes: number, failure: unknown) =>
      void ends.push({ bytes, failure });
    const options = { load, idleTimeout, onEnd };
    await action(streamFile({ file, ...range }, options), ends);
    assert.equal(load.running, 0);
    // The file is closed, so it cannot be closed again.
    assert.throws(() => file.close());
  });
}

Deno.test("streamFile() sends a part and closes the file", async () => {
  const range = { start: 3, length: 700_000 };
  await withStream(range, async (stream, ends) => {
    // Each block is good only until the next is asked for.
    const pieces: string[] = [];
    for await (const bytes of stream) {
      pieces.push(new TextDecoder().decode(bytes));
    }
    assert.equal(pieces.join(""), CONTENT.slice(3, 700_003));
    assert.deepEqual(ends, [{ bytes: 700_000, failure: undefined }]);
  });
});

Deno.test("streamFile() closes the file when the client goes", async () => {
  await withStream({ start: 0, length: 1_000_000 }, async (stream, ends) => {
    const reader = stream.getReader();
    await reader.read();
    await reader.cancel("gone");
    assert.deepEqual(ends, [{ bytes: 524_288, failure: "gone" }]);
  });
});

Deno.test("streamFile() gives up a client that takes nothing", async () => {
  await withStream({ start: 0, length: 1_000_000 }, async (stream, ends) => {
    await until(() => ends.length > 0);
    assert.match(String(ends[0]?.failure), /took nothing for 20 ms/);
    assert.equal((await stream.getReader().read()).done, true);
  }, 20);
});

Deno.test("streamFile() ends early when the file does", async () => {
  await withStream({ start: 0, length: 1_000_001 }, async (stream, ends) => {
    let size = 0;
    for await (const bytes of stream) size += bytes.length;
    assert.equal(size, 1_000_000);
    assert.match(String(ends[0]?.failure), /shorter than it was/);
  });
});
