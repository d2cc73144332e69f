import { strict as assert } from "node:assert";
import {
  finishedText,
  stepTitle,
  transferText,
} from "../../src/cli/step_text.ts";
import { TransferMeter } from "../../src/cli/transfer_meter.ts";
import { finished, layerStep } from "./copy_events.ts";

Deno.test("stepTitle() shortens the digest", () => {
  assert.equal(stepTitle(layerStep(1, "a")), "layer aaaaaaaaaaaa");
});

Deno.test("finishedText() says what was done", () => {
  const step = layerStep(1, "a", 12_345_678);
  assert.equal(
    finishedText(finished(step), 1500),
    "app:1: layer aaaaaaaaaaaa uploaded, 12.3 MB in 1.5 s",
  );
  assert.equal(
    finishedText(finished(step, "existing"), 20),
    "app:1: layer aaaaaaaaaaaa is there already",
  );
  assert.equal(
    finishedText(finished(step, "mounted"), 20),
    "app:1: layer aaaaaaaaaaaa mounted, nothing sent",
  );
});

Deno.test("transferText() leaves out what is not known", () => {
  const known = new TransferMeter(0, 120_000_000);
  known.update(45_000_000, 5000);
  assert.equal(
    transferText(known, 5000),
    "45.0 MB of 120 MB, 9.0 MB/s, 8.3 s left",
  );
  const unknown = new TransferMeter(0);
  unknown.update(45_000_000, 5000);
  assert.equal(transferText(unknown, 5000), "45.0 MB, 9.0 MB/s");
});
