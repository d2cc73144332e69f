import { strict as assert } from "node:assert";
import { type PaceChange, PolitePace } from "../../src/http/polite_pace.ts";
import { RateLimit } from "../../src/http/rate_limit.ts";

/** A server whose slowness is set by hand, and a transfer through it. */
class Scene {
  time = 0;
  /** Milliseconds that a probe takes; `Infinity` when it fails. */
  latency = 20;
  readonly changes: PaceChange[] = [];
  readonly limit: RateLimit;

  constructor(rate = Infinity) {
    this.limit = new RateLimit(rate, {
      now: () => this.time,
      sleep: () => Promise.resolve(),
    });
  }

  measure(): Promise<PolitePace> {
    return PolitePace.measure({
      probe: () => {
        if (this.latency === Infinity) return Promise.reject(new Error("No"));
        this.time += this.latency;
        return Promise.resolve();
      },
      limit: this.limit,
      now: () => this.time,
      onChange: (change) => this.changes.push(change),
    });
  }

  /** Looks so many times, at 10 MB in a second or what the limit allows. */
  async look(pace: PolitePace, times: number): Promise<void> {
    for (let count = 0; count < times; count++) {
      const start = this.time;
      this.time += 2_000;
      await pace.check();
      const seconds = (this.time - start) / 1000;
      await this.limit.pass(Math.min(this.limit.rate, 10_000_000) * seconds);
    }
  }
}

Deno.test("PolitePace leaves the rate alone while the server is as quick as ever", async () => {
  const scene = new Scene();
  const pace = await scene.measure();
  await scene.look(pace, 10);
  scene.latency = 59;
  await scene.look(pace, 10);
  assert.equal(scene.limit.rate, Infinity);
  assert.deepEqual(scene.changes, []);
});

Deno.test("PolitePace halves the rate when the latency triples, until it falls", async () => {
  const scene = new Scene();
  const pace = await scene.measure();
  await scene.look(pace, 5);
  scene.latency = 60;
  await scene.look(pace, 2);
  const [first] = scene.changes;
  assert.ok(first !== undefined);
  assert.equal(first.latency, 60);
  assert.equal(first.usual, 20);
  assert.ok(first.rate > 4_000_000 && first.rate < 5_500_000, `${first.rate}`);
  await scene.look(pace, 2);
  assert.ok(scene.limit.rate < 1_500_000);
});

Deno.test("PolitePace recovers when the server does", async () => {
  const scene = new Scene();
  const pace = await scene.measure();
  await scene.look(pace, 5);
  scene.latency = 200;
  await scene.look(pace, 5);
  const lowest = scene.limit.rate;
  scene.latency = 20;
  await scene.look(pace, 3);
  assert.ok(scene.limit.rate > lowest && scene.limit.rate < Infinity);
  await scene.look(pace, 20);
  assert.equal(scene.limit.rate, Infinity);
});

Deno.test("PolitePace does not mind one late answer", async () => {
  const scene = new Scene();
  const pace = await scene.measure();
  await scene.look(pace, 5);
  scene.latency = 5_000;
  await scene.look(pace, 1);
  scene.latency = 20;
  await scene.look(pace, 5);
  assert.deepEqual(scene.changes, []);
});

Deno.test("PolitePace takes a server that does not answer for a slow one", async () => {
  const scene = new Scene();
  const pace = await scene.measure();
  await scene.look(pace, 5);
  scene.latency = Infinity;
  await scene.look(pace, 40);
  assert.equal(scene.changes[0]?.latency, Infinity);
  // Something goes on all the same.
  assert.equal(scene.limit.rate, 262_144);
});

Deno.test("PolitePace never goes beyond what the user allows", async () => {
  const scene = new Scene(4_000_000);
  const pace = await scene.measure();
  await scene.look(pace, 5);
  scene.latency = 100;
  await scene.look(pace, 3);
  assert.ok(scene.limit.rate < 4_000_000);
  scene.latency = 20;
  await scene.look(pace, 30);
  assert.equal(scene.limit.rate, 4_000_000);
  assert.equal(scene.changes.at(-1)?.rate, 4_000_000);
});

Deno.test("PolitePace calls no server slow that answers within 30 ms", async () => {
  const scene = new Scene();
  scene.latency = 1;
  const pace = await scene.measure();
  await scene.look(pace, 3);
  scene.latency = 29;
  await scene.look(pace, 5);
  assert.deepEqual(scene.changes, []);
  scene.latency = 30;
  await scene.look(pace, 5);
  assert.notDeepEqual(scene.changes, []);
});

Deno.test("PolitePace does not ask again before it has an answer", async () => {
  const answer = Promise.withResolvers<void>();
  let asked = 0;
  const pace = await PolitePace.measure({
    probe: () => ++asked > 5 ? answer.promise : Promise.resolve(),
    limit: new RateLimit(Infinity),
    now: () => 0,
  });
  const first = pace.check();
  await pace.check();
  assert.equal(asked, 6);
  answer.resolve();
  await first;
  await pace.check();
  assert.equal(asked, 7);
});

Deno.test("PolitePace slows down before a late answer is there", async () => {
  let time = 0;
  const answers = Array.from({ length: 7 }, () => Promise.resolve());
  const late = Promise.withResolvers<void>();
  const limit = new RateLimit(1_000_000);
  const pace = await PolitePace.measure({
    probe: () => {
      time += 20;
      return answers.pop() ?? late.promise;
    },
    limit,
    now: () => time,
  });
  await pace.check();
  await pace.check();
  const check = pace.check();
  time += 39;
  // It may still be one of the quick ones.
  await pace.check();
  await pace.check();
  assert.equal(limit.rate, 1_000_000);
  time += 2_000;
  await pace.check();
  assert.equal(limit.rate, 1_000_000);
  time += 2_000;
  await pace.check();
  assert.equal(limit.rate, 262_144);
  late.resolve();
  await check;
});

Deno.test("PolitePace is not made without an answer", async () => {
  const scene = new Scene();
  scene.latency = Infinity;
  await assert.rejects(scene.measure(), { message: "No" });
});
