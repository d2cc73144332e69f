import { strict as assert } from "node:assert";
import { LineDisplay } from "../../src/cli/line_display.ts";
import { finished, layerStep, progress, started } from "./copy_events.ts";
import { FakeIo } from "./fake_io.ts";

Deno.test("LineDisplay prints a line for each finished step", () => {
  const io = new FakeIo();
  const display = new LineDisplay(io);
  const step = layerStep(1, "a");
  display.onEvent(started(step));
  io.clock.advance(2000);
  display.onEvent(finished(step));
  display.onEvent(finished(layerStep(2, "b"), "existing"));
  display.close();
  assert.equal(
    io.stderr.text,
    "app:1: layer aaaaaaaaaaaa uploaded, 1.0 kB in 2.0 s\n" +
      "app:1: layer bbbbbbbbbbbb is there already\n",
  );
  assert.equal(io.stdout.text, "");
});

Deno.test("LineDisplay prints a line every 10 s for a step that takes long", () => {
  const io = new FakeIo();
  const display = new LineDisplay(io);
  const step = layerStep(1, "a", 1_000_000);
  display.onEvent(started(step));
  display.onEvent(progress(step, 100_000));
  io.clock.advance(9999);
  assert.equal(io.stderr.text, "");
  display.onEvent(progress(step, 500_000));
  io.clock.advance(1);
  assert.match(
    io.stderr.text,
    /^app:1: layer aaaaaaaaaaaa 500 kB of 1\.0 MB, [\d.]+ kB\/s, [\d.]+ s left\n$/,
  );
  io.clock.advance(10_000);
  assert.equal(io.stderr.text.split("\n").length, 3);
  display.close();
  assert.equal(io.clock.running, 0);
});

Deno.test("LineDisplay without steps prints notes and warnings", () => {
  const io = new FakeIo();
  const display = new LineDisplay(io, { steps: false });
  display.onEvent(finished(layerStep(1, "a")));
  display.onEvent({ type: "warning", message: "no oci-layout" });
  display.note("a note");
  display.trace("GET /v2/ 200");
  assert.equal(
    io.stderr.text,
    "warning: no oci-layout\na note\nGET /v2/ 200\n",
  );
  assert.equal(io.clock.running, 0);
});

Deno.test("LineDisplay shows what would steer the terminal", () => {
  const io = new FakeIo();
  const display = new LineDisplay(io, { steps: false });
  display.note("a\x1b[2J\nb");
  display.warn("c\x07");
  display.close();
  assert.equal(io.stderr.text, "a\\u001b[2J\nb\nwarning: c\\u0007\n");
});
