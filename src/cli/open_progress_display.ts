import { BarDisplay } from "./bar_display.ts";
import type { Io } from "./io.ts";
import { JsonDisplay } from "./json_display.ts";
import { LineDisplay } from "./line_display.ts";
import type { OutputSettings } from "./output_flags.ts";
import type { ProgressDisplay } from "./progress_display.ts";

/** Opens the display that the flags ask for. */
export function openProgressDisplay(
  io: Io,
  settings: OutputSettings,
): ProgressDisplay {
  if (settings.quiet) return silence;
  switch (settings.progress) {
    case "none":
      return new LineDisplay(io, { steps: false });
    case "json":
      return new JsonDisplay(io);
    case "bar":
      return new BarDisplay(io);
    case "auto":
      if (io.stderr.isTerminal && io.env("TERM") !== "dumb") {
        return new BarDisplay(io);
      }
      return new LineDisplay(io);
    case "plain":
      return new LineDisplay(io);
  }
}

const silence: ProgressDisplay = {
  onEvent: () => {},
  note: () => {},
  warn: () => {},
  trace: () => {},
  close: () => {},
};
