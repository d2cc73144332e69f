import { strict as assert } from "node:assert";
import { StreamOutput } from "../../src/archive/stream_output.ts";

Deno.test("StreamOutput.write() sends bytes and counts them", async () => {
  const sent: Uint8Array[] = [];
  const output = new StreamOutput((bytes) => {
    sent.push(bytes);
    return Promise.resolve();
  }, { location: "a pipe", tempDir: "/tmp" });
  await output.write(new Uint8Array([1, 2]));
  await output.write(new Uint8Array([3]));
  await output.commit();
  assert.deepEqual(sent, [new Uint8Array([1, 2]), new Uint8Array([3])]);
  assert.equal(output.position, 3);
  assert.equal(output.blobs.size, 0);
});

Deno.test("StreamOutput.write() tells that the reader has gone", async () => {
  const output = new StreamOutput(() => Promise.reject(new Error("gone")), {
    location: "a pipe",
    tempDir: "/tmp",
  });
  await assert.rejects(output.write(new Uint8Array(1)), { message: "gone" });
  assert.equal(output.position, 0);
  await output.abandon();
});
