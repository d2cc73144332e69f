import { strict as assert } from "node:assert";
import { TransferMeter } from "../../src/cli/transfer_meter.ts";

Deno.test("TransferMeter tells rate and remaining time", () => {
  const meter = new TransferMeter(1000, 400);
  meter.update(100, 2000);
  assert.equal(meter.bytes, 100);
  assert.equal(meter.rate(2000), 100);
  assert.equal(meter.remaining(2000), 3000);
});

Deno.test("TransferMeter looks back five seconds only", () => {
  const meter = new TransferMeter(0, 10_000);
  meter.update(1000, 1000);
  meter.update(1000, 10_000);
  meter.update(1500, 15_000);
  assert.equal(meter.rate(15_000), 100);
});

Deno.test("TransferMeter slows down while nothing arrives", () => {
  const meter = new TransferMeter(0, 1000);
  meter.update(100, 1000);
  assert.equal(meter.rate(2000), 50);
});

Deno.test("TransferMeter begins again when the bytes go back", () => {
  const meter = new TransferMeter(0, 1000);
  meter.update(500, 1000);
  meter.update(0, 2000);
  assert.equal(meter.rate(2000), 0);
  assert.equal(meter.remaining(2000), undefined);
  meter.update(100, 3000);
  assert.equal(meter.rate(3000), 100);
});

Deno.test("TransferMeter knows no remaining time without a size", () => {
  const meter = new TransferMeter(0);
  meter.update(500, 1000);
  assert.equal(meter.remaining(1000), undefined);
});

Deno.test("TransferMeter knows no remaining time beyond the size", () => {
  const meter = new TransferMeter(0, 500);
  meter.update(501, 1000);
  assert.equal(meter.remaining(1000), undefined);
});
