import { copyImages } from "./copy_images.ts";
import type { CopySettings } from "./copy_settings.ts";
import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { openProgressDisplay } from "./open_progress_display.ts";

/** Does what `k8scr copy` was told, and returns the exit code. */
export async function runCopy(settings: CopySettings, io: Io): Promise<number> {
  const { target, output } = settings;
  const result = await copy(settings, io);
  const isStream = target.kind === "host" && target.location.kind === "stream";
  // The standard output has the image itself then.
  if (!isStream) await io.stdout.write(result);
  else if (!output.quiet) await io.stderr.write(result);
  return ExitCode.OK;
}

/** The display is closed before the result is written under it. */
async function copy(settings: CopySettings, io: Io): Promise<string> {
  const display = openProgressDisplay(io, settings.output);
  try {
    return await copyImages(settings, { display, io });
  } finally {
    display.close();
  }
}
