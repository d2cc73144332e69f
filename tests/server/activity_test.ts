import { strict as assert } from "node:assert";
import { Activity } from "../../src/server/activity.ts";

Deno.test("Activity waits for what runs, however it ends", async () => {
  const activity = new Activity();
  const good = Promise.withResolvers<void>();
  const bad = Promise.withResolvers<void>();
  activity.track(good.promise);
  activity.track(bad.promise);
  assert.equal(activity.running, 2);
  const idle = activity.idle(60_000);
  good.resolve();
  bad.reject(new Error("broken"));
  assert.equal(await idle, true);
  assert.equal(activity.running, 0);
  assert.equal(await activity.idle(0), true);
});

Deno.test("Activity gives up after a while", async () => {
  const activity = new Activity();
  const { promise, resolve } = Promise.withResolvers<void>();
  const tracked = activity.track(promise);
  assert.equal(await activity.idle(1), false);
  resolve();
  await tracked;
});
