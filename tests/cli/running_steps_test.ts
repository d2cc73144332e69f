import { strict as assert } from "node:assert";
import { RunningSteps } from "../../src/cli/running_steps.ts";
import { finished, layerStep, progress, started } from "./copy_events.ts";

Deno.test("RunningSteps keeps what has begun and not ended", () => {
  const steps = new RunningSteps();
  const one = layerStep(1, "a");
  const two = layerStep(2, "b");
  assert.equal(steps.take(started(one), 0), undefined);
  steps.take(started(two), 100);
  steps.take(progress(two, 50), 200);
  assert.deepEqual(steps.all.map(({ step }) => step.id), [1, 2]);
  assert.deepEqual(steps.all.map(({ meter }) => meter.bytes), [0, 50]);
  assert.equal(
    steps.take(finished(one), 2000),
    "app:1: layer aaaaaaaaaaaa uploaded, 1.0 kB in 2.0 s",
  );
  assert.deepEqual(steps.all.map(({ step }) => step.id), [2]);
});

Deno.test("RunningSteps has a line for a step that it never saw begin", () => {
  assert.equal(
    new RunningSteps().take(finished(layerStep(1, "a"), "existing"), 5),
    "app:1: layer aaaaaaaaaaaa is there already",
  );
});
