import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { openProgressDisplay } from "./open_progress_display.ts";
import { pullImages } from "./pull_images.ts";
import type { PullSettings } from "./pull_settings.ts";
import { openRegistryLink } from "./registry_link.ts";

/** Does what `k8scr pull` was told, and returns the exit code. */
export async function runPull(settings: PullSettings, io: Io): Promise<number> {
  const result = await pull(settings, io);
  // The standard output has the image itself then.
  if (settings.target.kind !== "stream") await io.stdout.write(result);
  else if (!settings.output.quiet) await io.stderr.write(result);
  return ExitCode.OK;
}

/** The display is closed before the result is written under it. */
async function pull(settings: PullSettings, io: Io): Promise<string> {
  const { target } = settings;
  const display = openProgressDisplay(io, settings.output);
  try {
    using link = await openRegistryLink(settings, {
      io,
      display,
      stdinTaken: false,
    });
    return await pullImages(settings, {
      location: target,
      connect: () => link.connect(),
      display,
      io,
    });
  } finally {
    display.close();
  }
}
