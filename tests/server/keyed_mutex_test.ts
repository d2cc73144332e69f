import { strict as assert } from "node:assert";
import { KeyedMutex } from "../../src/server/keyed_mutex.ts";

Deno.test("KeyedMutex runs actions of one key one after the other", async () => {
  const mutex = new KeyedMutex();
  const gate = Promise.withResolvers<void>();
  const events: string[] = [];
  const first = mutex.run("a", async () => {
    events.push("first starts");
    await gate.promise;
    events.push("first ends");
  });
  const second = mutex.run("a", () => {
    events.push("second");
    return Promise.resolve();
  });
  await mutex.run("b", () => {
    events.push("other key");
    return Promise.resolve();
  });
  gate.resolve();
  await Promise.all([first, second]);
  assert.deepEqual(events, [
    "first starts",
    "other key",
    "first ends",
    "second",
  ]);
});

Deno.test("KeyedMutex goes on after an action that fails", async () => {
  const mutex = new KeyedMutex();
  const failing = mutex.run("a", () => Promise.reject(new Error("broken")));
  const next = mutex.run("a", () => Promise.resolve("done"));
  await assert.rejects(failing, /broken/);
  assert.equal(await next, "done");
});
