import { strict as assert } from "node:assert";
import { RateLimit, withRateLimit } from "../../src/http/rate_limit.ts";
import { TurnedTime } from "./turned_time.ts";

/** A body without end, in pieces as the program has them. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(256 * 1024)),
  }, { highWaterMark: 0 });
}

/** Reads and drops a stream, and returns how to stop and what came. */
function drain(stream: ReadableStream<Uint8Array>) {
  const reader = stream.getReader();
  const count = { bytes: 0, largest: 0 };
  const read = async (): Promise<void> => {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      count.bytes += value.length;
      count.largest = Math.max(count.largest, value.length);
    }
  };
  const reading = read();
  return { count, reading, stop: () => reader.cancel() };
}

/** Sends a body through a limit and returns it as the next transport has it. */
async function limitedBody(
  limit: RateLimit,
  body: ReadableStream<Uint8Array>,
  init: RequestInit = {},
): Promise<ReadableStream<Uint8Array>> {
  let seen: ReadableStream<Uint8Array> | null = null;
  const transport = withRateLimit(limit)((request) => {
    seen = request.body;
    return Promise.resolve(new Response());
  });
  await transport(
    new Request("http://a/", { method: "PUT", body, ...init }),
  );
  assert.ok(seen !== null);
  return seen;
}

Deno.test("withRateLimit() keeps four streams within 5 % of the rate over ten seconds", async () => {
  for (const rate of [10_000, 1_000_000, 20_000_000]) {
    const time = new TurnedTime();
    const limit = new RateLimit(rate, time);
    const streams = await Promise.all(
      [1, 2, 3, 4].map(async () => drain(await limitedBody(limit, endless()))),
    );
    await time.runTo(10_000);
    const bytes = streams.reduce((sum, { count }) => sum + count.bytes, 0);
    const share = bytes / (10 * rate);
    assert.ok(share > 0.95 && share < 1.05, `${share} of ${rate}`);
    assert.ok(limit.passed >= bytes);
    for (const { stop } of streams) await stop();
    await time.runTo(20_000);
  }
});

Deno.test("withRateLimit() lets bytes flow: none waits longer than a moment", async () => {
  const time = new TurnedTime();
  const limit = new RateLimit(100_000, time);
  const { count, stop } = drain(await limitedBody(limit, endless()));
  let before = 0;
  for (let tenth = 1; tenth <= 20; tenth++) {
    await time.runTo(tenth * 100);
    if (tenth > 2) assert.ok(count.bytes - before <= 15_000);
    assert.ok(count.bytes > before);
    before = count.bytes;
  }
  assert.equal(count.largest, 5_000);
  await stop();
  await time.runTo(3_000);
});

Deno.test("withRateLimit() shares the rate between streams", async () => {
  const time = new TurnedTime();
  const limit = new RateLimit(1_000_000, time);
  const [one, two] = [
    drain(await limitedBody(limit, endless())),
    drain(await limitedBody(limit, endless())),
  ];
  await time.runTo(10_000);
  assert.ok(Math.abs(one.count.bytes - two.count.bytes) <= 100_000);
  await one.stop();
  await two.stop();
  await time.runTo(20_000);
});

Deno.test("withRateLimit() holds the body of an answer too", async () => {
  const time = new TurnedTime();
  const limit = new RateLimit(1_000_000, time);
  const transport = withRateLimit(limit)(() =>
    Promise.resolve(
      new Response(endless(), { status: 206, headers: { "x-kept": "yes" } }),
    )
  );
  const response = await transport(new Request("http://a/"));
  assert.equal(response.status, 206);
  assert.equal(response.headers.get("x-kept"), "yes");
  assert.ok(response.body !== null);
  const { count, stop } = drain(response.body);
  await time.runTo(1_000);
  assert.ok(count.bytes > 900_000 && count.bytes <= 1_150_000);
  await stop();
  await time.runTo(2_000);
});

Deno.test("withRateLimit() changes neither head nor bytes of a request", async () => {
  const limit = new RateLimit(1e9);
  let seen: Request | undefined;
  const transport = withRateLimit(limit)((request) => {
    seen = request;
    return Promise.resolve(new Response(null, { status: 204 }));
  });
  const response = await transport(
    new Request("http://a/b?c", {
      method: "PATCH",
      headers: { "content-length": "5", "content-range": "0-4" },
      body: new Blob(["hello"]).stream(),
    }),
  );
  assert.equal(response.status, 204);
  assert.equal(seen?.method, "PATCH");
  assert.equal(seen?.url, "http://a/b?c");
  assert.equal(seen?.headers.get("content-length"), "5");
  assert.equal(seen?.headers.get("content-range"), "0-4");
  assert.equal(await seen?.text(), "hello");
});

Deno.test("withRateLimit() ends a body that waits when the signal comes", async () => {
  const time = new TurnedTime();
  const limit = new RateLimit(1_000, time);
  const controller = new AbortController();
  const { signal } = controller;
  const body = await limitedBody(limit, endless(), { signal });
  const { reading } = drain(body);
  await time.runTo(100);
  const reason = new Error("Stopped");
  controller.abort(reason);
  await assert.rejects(reading, reason);
});

Deno.test("RateLimit makes up for a timer that came late, and not for a pause", async () => {
  const time = new TurnedTime();
  const limit = new RateLimit(1_000, time);
  await limit.pass(100);
  await time.runTo(150);
  // 50 ms late: this one and half of the next are due.
  await limit.pass(100);
  assert.equal(time.waits, 0);
  await time.runTo(60_000);
  const passing = [limit.pass(100), limit.pass(100), limit.pass(100)];
  await time.runTo(60_000);
  assert.equal(time.waits, 1);
  await time.runTo(61_000);
  await Promise.all(passing);
});

Deno.test("RateLimit lets everything pass at once at no rate", async () => {
  const time = new TurnedTime();
  const limit = new RateLimit(Infinity, time);
  for (let count = 0; count < 1_000; count++) await limit.pass(1e9);
  assert.equal(time.waits, 0);
  assert.equal(limit.pieceSize, 65_536);
});

Deno.test("RateLimit refuses a rate that nothing passes at", () => {
  for (const rate of [0, -1, NaN]) {
    assert.throws(() => new RateLimit(rate), RangeError);
  }
});
