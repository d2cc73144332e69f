import { strict as assert } from "node:assert";
import { BarDisplay } from "../../src/cli/bar_display.ts";
import { JsonDisplay } from "../../src/cli/json_display.ts";
import { LineDisplay } from "../../src/cli/line_display.ts";
import { openProgressDisplay } from "../../src/cli/open_progress_display.ts";
import type { ProgressMode } from "../../src/cli/output_flags.ts";
import { finished, layerStep } from "./copy_events.ts";
import { FakeIo, type FakeIoOptions } from "./fake_io.ts";

function kindOf(progress: ProgressMode, options: FakeIoOptions = {}): unknown {
  const display = openProgressDisplay(new FakeIo(options), {
    output: "text",
    progress,
    quiet: false,
    verbose: false,
  });
  display.close();
  return display.constructor;
}

Deno.test("openProgressDisplay() draws bars on a terminal, else lines", () => {
  assert.equal(kindOf("auto", { isTerminal: true }), BarDisplay);
  assert.equal(kindOf("auto"), LineDisplay);
  assert.equal(
    kindOf("auto", { isTerminal: true, env: { TERM: "dumb" } }),
    LineDisplay,
  );
});

Deno.test("openProgressDisplay() does what the flag says", () => {
  assert.equal(kindOf("bar"), BarDisplay);
  assert.equal(kindOf("plain", { isTerminal: true }), LineDisplay);
  assert.equal(kindOf("json", { isTerminal: true }), JsonDisplay);
});

Deno.test("openProgressDisplay() prints nothing when it shall be quiet", () => {
  const io = new FakeIo({ isTerminal: true });
  const display = openProgressDisplay(io, {
    output: "text",
    progress: "bar",
    quiet: true,
    verbose: true,
  });
  display.onEvent(finished(layerStep(1, "a")));
  display.note("x");
  display.warn("x");
  display.trace("x");
  display.close();
  assert.equal(io.stderr.text, "");
});

Deno.test("openProgressDisplay() with none still prints warnings", () => {
  const io = new FakeIo();
  const display = openProgressDisplay(io, {
    output: "text",
    progress: "none",
    quiet: false,
    verbose: false,
  });
  display.onEvent(finished(layerStep(1, "a")));
  display.warn("careful");
  display.close();
  assert.equal(io.stderr.text, "warning: careful\n");
});
