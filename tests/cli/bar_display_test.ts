import { strict as assert } from "node:assert";
import { BarDisplay } from "../../src/cli/bar_display.ts";
import { finished, layerStep, progress, started } from "./copy_events.ts";
import { FakeIo } from "./fake_io.ts";

function terminal(env: Record<string, string> = { NO_COLOR: "1" }): FakeIo {
  return new FakeIo({ isTerminal: true, env, size: { columns: 90, rows: 5 } });
}

Deno.test("BarDisplay draws a bar for what is moving, ten times a second", () => {
  const io = terminal();
  const display = new BarDisplay(io);
  const step = layerStep(1, "a");
  display.onEvent(started(step));
  io.clock.advance(100);
  assert.equal(io.stderr.text, "");
  display.onEvent(progress(step, 500));
  io.clock.advance(99);
  assert.equal(io.stderr.text, "");
  io.clock.advance(1);
  assert.match(
    io.stderr.text,
    /^layer aaaaaaaaaaaa {2}\[=+> +\] 500 B of 1\.0 kB/,
  );
  display.close();
});

Deno.test("BarDisplay prints finished steps above the bars", () => {
  const io = terminal();
  const display = new BarDisplay(io);
  const one = layerStep(1, "a");
  const two = layerStep(2, "b");
  for (const step of [one, two]) {
    display.onEvent(started(step));
    display.onEvent(progress(step, 500));
  }
  io.clock.advance(100);
  io.stderr.text = "";
  display.onEvent(finished(one));
  const [line, bar, ...rest] =
    io.stderr.text.split("\x1b[J").at(-1)?.split("\n") ?? [];
  assert.equal(line, "app:1: layer aaaaaaaaaaaa uploaded, 1.0 kB in 0.1 s");
  assert.match(bar ?? "", /^layer bbbbbbbbbbbb /);
  assert.deepEqual(rest, [""]);
  display.close();
});

Deno.test("BarDisplay draws again when the terminal changes its size", () => {
  const io = terminal();
  const display = new BarDisplay(io);
  const step = layerStep(1, "a");
  display.onEvent(started(step));
  display.onEvent(progress(step, 500));
  io.clock.advance(100);
  io.stderr.text = "";
  io.resize({ columns: 45, rows: 5 });
  // 89 characters take 2 rows of 45.
  assert.equal(
    io.stderr.text,
    "\r\x1b[2A\x1b[Jlayer aaaaaaaaaaaa  500 B of 1.0 kB, 5.0 kB/\n",
  );
  display.close();
});

Deno.test("BarDisplay leaves nothing behind when it is closed", () => {
  const io = terminal();
  const display = new BarDisplay(io);
  const step = layerStep(1, "a");
  display.onEvent(started(step));
  display.onEvent(progress(step, 500));
  io.clock.advance(100);
  io.stderr.text = "";
  display.close();
  assert.equal(io.stderr.text, "\r\x1b[1A\x1b[J");
  assert.equal(io.clock.running, 0);
  assert.equal(io.resizeListeners, 0);
});

Deno.test("BarDisplay skips frames while the terminal is slow", () => {
  const io = terminal();
  const display = new BarDisplay(io);
  const step = layerStep(1, "a");
  display.onEvent(started(step));
  display.onEvent(progress(step, 500));
  io.stderr.pending = 1;
  io.clock.advance(1000);
  assert.equal(io.stderr.text, "");
  display.close();
});

Deno.test("BarDisplay colours the bar unless NO_COLOR is set", () => {
  const io = terminal({});
  const display = new BarDisplay(io);
  const step = layerStep(1, "a");
  display.onEvent(started(step));
  display.onEvent(progress(step, 500));
  io.clock.advance(100);
  assert.ok(io.stderr.text.includes("[\x1b[36m===="));
  display.warn("careful");
  assert.ok(io.stderr.text.includes("warning: careful\n"));
  display.close();
});

Deno.test("BarDisplay shows what would steer the terminal", () => {
  const io = terminal();
  const display = new BarDisplay(io);
  display.note("a\x1b[2J");
  display.close();
  assert.equal(io.stderr.text.includes("a\\u001b[2J\n"), true);
});
