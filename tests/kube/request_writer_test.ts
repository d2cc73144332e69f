import { strict as assert } from "node:assert";
import { Writable } from "node:stream";
import { RequestWriter, WriteError } from "../../src/kube/request_writer.ts";
import { StallTimer } from "../../src/kube/stall_timer.ts";

const HEAD = { method: "PUT", target: "/", headers: [] };
const NEVER = new StallTimer(60_000, () => assert.fail("it stalled"));

class Sink extends Writable {
  readonly writes: Uint8Array[] = [];

  override _write(
    bytes: Uint8Array,
    _encoding: string,
    done: (failure?: Error) => void,
  ): void {
    // What was written may be written over when this is done.
    this.writes.push(new Uint8Array(bytes));
    done();
  }

  get text(): string {
    return this.writes.map((bytes) => new TextDecoder().decode(bytes)).join("");
  }
}

function bodyOf(...pieces: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(pieces).pipeThrough(new TextEncoderStream());
}

Deno.test("RequestWriter writes a head without a body", async () => {
  const sink = new Sink();
  const writer = new RequestWriter(sink, { head: HEAD, body: null }, NEVER);
  assert(writer.handedOver);
  assert(!writer.done);
  await writer.write();
  assert(writer.done);
  assert.equal(sink.text, "PUT / HTTP/1.1\r\n\r\n");
});

Deno.test("RequestWriter writes large pieces in small ones", async () => {
  const sink = new Sink();
  const body = ReadableStream.from([new Uint8Array(600_000)]);
  const request = { head: HEAD, body, length: 600_000 };
  await new RequestWriter(sink, request, NEVER).write();
  const sizes = sink.writes.map((bytes) => bytes.length);
  assert.equal(sizes.reduce((sum, size) => sum + size), 600_018);
  assert(Math.max(...sizes) <= 262_144);
});

Deno.test("RequestWriter writes each chunk and its frame at once", async () => {
  const sink = new Sink();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(new Uint8Array(270_000));
      // An empty chunk would end the body.
      controller.enqueue(new Uint8Array());
      controller.enqueue(new TextEncoder().encode("last"));
      controller.close();
    },
  });
  await new RequestWriter(sink, { head: HEAD, body }, NEVER).write();
  const [, ...chunks] = sink.writes.map((bytes) =>
    new TextDecoder().decode(bytes).replace(/\0+/, (zeros) => `${zeros.length}`)
  );
  assert.deepEqual(chunks, [
    "40000\r\n262144\r\n",
    "1eb0\r\n7856\r\n",
    "4\r\nlast\r\n",
    "0\r\n\r\n",
  ]);
});

Deno.test("RequestWriter knows when the socket holds everything", async () => {
  const sink = new Sink();
  const body = bodyOf("one", "two");
  const writer = new RequestWriter(
    sink,
    { head: HEAD, body, length: 6 },
    NEVER,
  );
  const handedOver: boolean[] = [];
  sink._write = (_bytes, _encoding, done) => {
    handedOver.push(writer.handedOver);
    done();
  };
  await writer.write();
  assert.deepEqual(handedOver, [false, false, true]);
});

Deno.test("RequestWriter stops and cancels the source", async () => {
  const sink = new Sink();
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel: () => cancelled.resolve(),
  }, { highWaterMark: 0 });
  const writer = new RequestWriter(
    sink,
    { head: HEAD, body, length: 2 ** 40 },
    NEVER,
  );
  const writing = writer.write();
  sink._write = (_bytes, _encoding, done) => {
    writer.stop();
    done();
  };
  await assert.rejects(writing, WriteError);
  await cancelled.promise;
  assert(!writer.handedOver);
});

Deno.test("RequestWriter keeps the socket's error as the cause", async () => {
  const sink = new Sink();
  const reason = new Error("EPIPE");
  sink._write = (_bytes, _encoding, done) => done(reason);
  sink.on("error", () => {});
  const writer = new RequestWriter(sink, { head: HEAD, body: null }, NEVER);
  await assert.rejects(
    writer.write(),
    (error) => error instanceof WriteError && error.cause === reason,
  );
});
