import { strict as assert } from "node:assert";
import { WorkLimit } from "../../src/content/work_limit.ts";

Deno.test("WorkLimit.run() never runs more at once than it was told, in order", async () => {
  const limit = new WorkLimit(2);
  const gates = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const started: number[] = [];
  const all = gates.map((gate, index) =>
    limit.run(() => {
      started.push(index);
      return gate.promise;
    })
  );
  await Promise.resolve();
  assert.deepEqual(started, [0, 1]);
  gates[1]?.resolve();
  await all[1];
  await Promise.resolve();
  assert.deepEqual(started, [0, 1, 2]);
  for (const gate of gates) gate.resolve();
  await Promise.all(all);
  assert.deepEqual(started, [0, 1, 2, 3]);
});

Deno.test("WorkLimit.run() gives its place back after a failure", async () => {
  const limit = new WorkLimit(1);
  await assert.rejects(limit.run(() => Promise.reject(new Error("no"))));
  assert.equal(await limit.run(() => Promise.resolve(7)), 7);
});

Deno.test("WorkLimit refuses a limit that lets nothing run", () => {
  for (const max of [0, -1, 1.5, NaN]) {
    assert.throws(() => new WorkLimit(max), RangeError);
  }
});
