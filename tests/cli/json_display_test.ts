import { strict as assert } from "node:assert";
import { JsonDisplay } from "../../src/cli/json_display.ts";
import { finished, layerStep, progress, started } from "./copy_events.ts";
import { FakeIo } from "./fake_io.ts";

const DIGEST = `sha256:${"a".repeat(64)}`;

Deno.test("JsonDisplay prints one event a line", () => {
  const io = new FakeIo();
  const display = new JsonDisplay(io);
  const step = layerStep(1, "a");
  display.onEvent({ type: "image-started", image: "app:1" });
  display.onEvent(started(step));
  display.onEvent(finished(step));
  display.warn("something");
  const lines = io.stderr.text.trimEnd().split("\n").map((line) =>
    JSON.parse(line)
  );
  const layer = {
    id: 1,
    kind: "layer",
    digest: DIGEST,
    size: 1000,
    image: "app:1",
  };
  assert.deepEqual(lines, [
    { type: "image-started", image: "app:1" },
    { type: "step-started", ...layer },
    {
      type: "step-finished",
      outcome: "uploaded",
      descriptor: {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        digest: DIGEST,
        size: 1000,
      },
      bytesSent: 1000,
      ...layer,
    },
    { type: "warning", message: "something" },
  ]);
});

Deno.test("JsonDisplay reports the progress of a step once a second", () => {
  const io = new FakeIo();
  const display = new JsonDisplay(io);
  const step = layerStep(1, "a");
  display.onEvent(progress(step, 1));
  io.clock.advance(999);
  display.onEvent(progress(step, 2));
  display.onEvent(progress(layerStep(2, "b"), 7));
  io.clock.advance(1);
  display.onEvent(progress(step, 3));
  const bytes = io.stderr.text.trimEnd().split("\n").map((line) =>
    JSON.parse(line).bytes
  );
  assert.deepEqual(bytes, [1, 7, 3]);
});
