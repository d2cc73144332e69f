import type { Registry } from "../registry/registry.ts";
import type { Io } from "./io.ts";
import type { LinkSettings } from "./link_settings.ts";
import { openProgressDisplay } from "./open_progress_display.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { openRegistryLink } from "./registry_link.ts";

/** What a command has while its registry is open. */
export interface RegistrySession {
  /** The registry, which has answered. */
  readonly registry: Registry;
  /** Where notes and warnings go. */
  readonly display: ProgressDisplay;
  /** The world outside. */
  readonly io: Io;
}

/**
 * Opens the registry of a command that takes nothing from standard input, and
 * closes it and the display after the work.
 */
export async function withRegistry<T>(
  settings: LinkSettings,
  io: Io,
  work: (session: RegistrySession) => Promise<T>,
): Promise<T> {
  const display = openProgressDisplay(io, settings.output);
  try {
    using link = await openRegistryLink(settings, {
      io,
      display,
      stdinTaken: false,
    });
    return await work({ registry: await link.connect(), display, io });
  } finally {
    display.close();
  }
}
