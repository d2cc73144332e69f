import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { measureEncoding } from "./measure_encoding.ts";
import { openProgressDisplay } from "./open_progress_display.ts";
import { pushImages } from "./push_images.ts";
import { openPushJournal } from "./push_journal.ts";
import type { PushSettings } from "./push_settings.ts";
import { openRegistryLink } from "./registry_link.ts";
import { locateSource } from "./source_location.ts";

/** Does what `k8scr push` was told, and returns the exit code. */
export async function runPush(settings: PushSettings, io: Io): Promise<number> {
  const result = await push(settings, io);
  await io.stdout.write(result);
  return ExitCode.OK;
}

/** The display is closed before the result is written under it. */
async function push(settings: PushSettings, io: Io): Promise<string> {
  const location = await locateSource(settings.source);
  const display = openProgressDisplay(io, settings.output);
  try {
    using link = await openRegistryLink(settings, {
      io,
      display,
      stdinTaken: location.kind === "stream",
      journal: (cluster) =>
        settings.resume
          ? openPushJournal(settings.registry, { cluster, io, display })
          : undefined,
    });
    const measured = settings.measured
      ? await measureEncoding(settings, { location, link, display, io })
      : {};
    return await pushImages({ ...settings, ...measured }, {
      location,
      connect: () => link.connect(),
      nodeAddress: () => link.nodeAddress(),
      display,
      io,
    });
  } finally {
    display.close();
  }
}
