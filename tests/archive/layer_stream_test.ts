import { strict as assert } from "node:assert";
import { LayerStream } from "../../src/archive/layer_stream.ts";

function open(): { stream: LayerStream; calls: string[] } {
  const calls: string[] = [];
  const stream = new LayerStream({
    credit: () => calls.push("credit"),
    cancel: () => calls.push("cancel"),
  });
  return { stream, calls };
}

Deno.test("LayerStream gives chunks in order, and one credit for each that is read", async () => {
  const { stream, calls } = open();
  stream.push(Uint8Array.of(1));
  stream.push(Uint8Array.of(2));
  const reader = stream.readable.getReader();
  assert.deepEqual(calls, []);
  assert.deepEqual((await reader.read()).value, Uint8Array.of(1));
  assert.deepEqual(calls, ["credit"]);
  assert.deepEqual((await reader.read()).value, Uint8Array.of(2));
  assert.deepEqual(calls, ["credit", "credit"]);
  const third = reader.read();
  stream.push(Uint8Array.of(3));
  assert.deepEqual((await third).value, Uint8Array.of(3));
  const end = reader.read();
  stream.finish();
  assert.equal((await end).done, true);
});

Deno.test("LayerStream ends behind the chunks that were there before", async () => {
  const { stream } = open();
  stream.push(Uint8Array.of(1));
  stream.finish();
  const reader = stream.readable.getReader();
  assert.deepEqual((await reader.read()).value, Uint8Array.of(1));
  assert.equal((await reader.read()).done, true);
});

Deno.test("LayerStream ends at once when there is nothing", async () => {
  const { stream } = open();
  stream.finish();
  assert.equal((await stream.readable.getReader().read()).done, true);
});

Deno.test("LayerStream fails in place of ending", async () => {
  const { stream } = open();
  stream.push(Uint8Array.of(1));
  const reader = stream.readable.getReader();
  await reader.read();
  const next = reader.read();
  stream.fail(new Error("Damaged"));
  await assert.rejects(next, { message: "Damaged" });
  await assert.rejects(reader.read(), { message: "Damaged" });
});

Deno.test("LayerStream drops chunks that wait when it fails", async () => {
  const { stream } = open();
  stream.push(Uint8Array.of(1));
  stream.fail(new Error("Damaged"));
  await assert.rejects(stream.readable.getReader().read(), {
    message: "Damaged",
  });
});

Deno.test("LayerStream stays whole when it fails after its last chunk was read", async () => {
  const { stream } = open();
  stream.finish();
  stream.fail(new Error("Too late"));
  assert.equal((await stream.readable.getReader().read()).done, true);
});

Deno.test("LayerStream passes a cancel on, and takes no more", async () => {
  const { stream, calls } = open();
  stream.push(Uint8Array.of(1));
  await stream.readable.cancel();
  stream.push(Uint8Array.of(2));
  stream.finish();
  stream.fail(new Error("Too late"));
  assert.deepEqual(calls, ["cancel"]);
});
