import { strict as assert } from "node:assert";
import {
  Backoff,
  isTransient,
  type RetryEvent,
  type RetryOptions,
  sleep,
} from "../../src/http/backoff.ts";

function transient(fields: Record<string, unknown> = {}): Error {
  return Object.assign(new Error("again"), { transient: true, ...fields });
}

/** A clock that only a sleep moves. */
function fakeClock(): RetryOptions & { readonly slept: number[] } {
  const slept: number[] = [];
  let time = 1000;
  return {
    slept,
    now: () => time,
    sleep: (milliseconds) => {
      slept.push(milliseconds);
      time += milliseconds;
      return Promise.resolve();
    },
    random: () => 0.5,
  };
}

Deno.test("isTransient() goes by the field alone", () => {
  assert.equal(isTransient(transient()), true);
  assert.equal(isTransient(transient({ transient: false })), false);
  assert.equal(isTransient(transient({ transient: "yes" })), false);
  assert.equal(isTransient(new Error("never")), false);
  assert.equal(isTransient({ transient: true }), false);
});

Deno.test("Backoff doubles the delay up to the longest one", async () => {
  const clock = fakeClock();
  const backoff = new Backoff({ ...clock, baseDelay: 100, maxDelay: 500 });
  for (let i = 0; i < 5; i++) await backoff.wait(transient());
  assert.deepEqual(clock.slept, [75, 150, 300, 375, 375]);
});

Deno.test("Backoff spreads delays between half and whole", async () => {
  const clock = fakeClock();
  await new Backoff({ ...clock, random: () => 0 }).wait(transient());
  await new Backoff({ ...clock, random: () => 0.999 }).wait(transient());
  assert.equal(clock.slept[0], 125);
  assert.ok((clock.slept[1] ?? 0) > 249 && (clock.slept[1] ?? 0) < 250);
});

Deno.test("Backoff waits as long as the other side asks for", async () => {
  const clock = fakeClock();
  await new Backoff(clock).wait(transient({ retryAfter: 30_000 }));
  assert.deepEqual(clock.slept, [30_000]);
});

Deno.test("Backoff gives up when the other side asks for more than the budget", async () => {
  const clock = fakeClock();
  const error = transient({ retryAfter: 3_600_000 });
  await assert.rejects(new Backoff(clock).wait(error), error);
  assert.deepEqual(clock.slept, []);
});

Deno.test("Backoff throws an error that is not transient at once", async () => {
  const clock = fakeClock();
  const error = new Error("never");
  await assert.rejects(new Backoff(clock).wait(error), error);
  assert.deepEqual(clock.slept, []);
});

Deno.test("Backoff survives a minute of failures by default, not four", async () => {
  const clock = fakeClock();
  const backoff = new Backoff(clock);
  const error = transient();
  await assert.rejects(async () => {
    for (;;) await backoff.wait(error);
  }, error);
  const waited = clock.slept.reduce((sum, delay) => sum + delay, 0);
  assert.ok(waited > 150_000 && waited <= 180_000, String(waited));
});

Deno.test("Backoff has its whole budget again after progress", async () => {
  const clock = fakeClock();
  const backoff = new Backoff({ ...clock, budget: 400, baseDelay: 200 });
  await backoff.wait(transient());
  backoff.reset();
  await backoff.wait(transient());
  backoff.reset();
  await backoff.wait(transient());
  assert.deepEqual(clock.slept, [150, 150, 150]);
});

Deno.test("Backoff ends after the greatest number of tries", async () => {
  const clock = fakeClock();
  const backoff = new Backoff({ ...clock, maxAttempts: 2 });
  const last = transient();
  await backoff.wait(transient());
  await assert.rejects(backoff.wait(last), last);
  assert.equal(clock.slept.length, 1);
});

Deno.test("Backoff tells each wait before it begins", async () => {
  const events: RetryEvent[] = [];
  const error = transient();
  const backoff = new Backoff({
    ...fakeClock(),
    baseDelay: 100,
    onRetry: (event) => events.push(event),
  });
  await backoff.wait(error);
  await backoff.wait(error);
  assert.deepEqual(events, [
    { attempt: 1, delay: 75, error },
    { attempt: 2, delay: 150, error },
  ]);
});

Deno.test("Backoff throws the signal's reason in place of the error", async () => {
  const backoff = new Backoff({ signal: AbortSignal.abort("stop") });
  await assert.rejects(
    backoff.wait(transient()),
    (reason) => reason === "stop",
  );
});

Deno.test("sleep() ends with the signal and leaves no timer", async () => {
  const controller = new AbortController();
  const sleeping = sleep(3_600_000, controller.signal);
  controller.abort("stop");
  await assert.rejects(sleeping, (reason) => reason === "stop");
});

Deno.test("sleep() does not begin when the signal came before", async () => {
  await assert.rejects(
    sleep(3_600_000, AbortSignal.abort("stop")),
    (reason) => reason === "stop",
  );
});
