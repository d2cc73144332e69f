import { ExitCode } from "./exit_code.ts";
import type { Io } from "./io.ts";
import { pullImages } from "./pull_images.ts";
import type { PullSettings } from "./pull_settings.ts";
import { withRegistryLink } from "./registry_session.ts";

/** Does what `k8scr pull` was told, and returns the exit code. */
export async function runPull(settings: PullSettings, io: Io): Promise<number> {
  const { target } = settings;
  const result = await withRegistryLink(
    settings,
    io,
    ({ link, display }) =>
      pullImages(settings, {
        location: target,
        connect: () => link.connect(),
        display,
        io,
      }),
  );
  // The standard output has the image itself then.
  if (target.kind !== "stream") await io.stdout.write(result);
  else if (!settings.output.quiet) await io.stderr.write(result);
  return ExitCode.OK;
}
