import { strict as assert } from "node:assert";
import { renderBar } from "../../src/cli/progress_bar.ts";
import { TransferMeter } from "../../src/cli/transfer_meter.ts";
import { layerStep } from "./copy_events.ts";

function barOf(bytes: number, size: number | undefined, columns: number) {
  const meter = new TransferMeter(0, size);
  meter.update(bytes, 1000);
  const running = { step: layerStep(1, "a"), meter, shownAt: 0 };
  return renderBar(running, 1000, { columns, rows: 24 });
}

Deno.test("renderBar() draws title, bar and numbers", () => {
  const { text, highlight } = barOf(250_000, 1_000_000, 90);
  assert.equal(
    text,
    "layer aaaaaaaaaaaa  [=======>                    ] 250 kB of 1.0 MB, 250 kB/s, 3.0 s left",
  );
  assert.equal(text.length, 89);
  assert.deepEqual(highlight, { from: 21, to: 28 });
});

Deno.test("renderBar() has no head when it is full", () => {
  const { text } = barOf(1_000_000, 1_000_000, 90);
  assert.match(text, /\[=+\] 1\.0 MB of 1\.0 MB/);
});

Deno.test("renderBar() does not grow beyond 40 characters", () => {
  const { text } = barOf(0, 1_000_000, 300);
  assert.match(text, /\[> {39}\]/);
});

Deno.test("renderBar() has no bar on a narrow terminal or without a size", () => {
  assert.equal(
    barOf(250_000, 1_000_000, 60).text,
    "layer aaaaaaaaaaaa  250 kB of 1.0 MB, 250 kB/s, 3.0 s left",
  );
  assert.equal(
    barOf(250_000, undefined, 90).text,
    "layer aaaaaaaaaaaa  250 kB, 250 kB/s",
  );
});
