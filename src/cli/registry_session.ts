import type { Registry } from "../registry/registry.ts";
import type { Io } from "./io.ts";
import type { LinkSettings } from "./link_settings.ts";
import { openProgressDisplay } from "./open_progress_display.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { openRegistryLink, type RegistryLink } from "./registry_link.ts";

/** What a command has while its registry is open. */
export interface RegistrySession {
  /** The registry, which has answered. */
  readonly registry: Registry;
  /** Where notes and warnings go. */
  readonly display: ProgressDisplay;
  /** The world outside. */
  readonly io: Io;
}

/** What a command has while it may open its registry. */
export interface LinkSession {
  /** The way to the registry; nothing was sent yet. */
  readonly link: RegistryLink;
  /** Where progress, notes and warnings go. */
  readonly display: ProgressDisplay;
}

/**
 * Prepares the way to the registry of a command that takes nothing from
 * standard input, and closes it and the display after the work: results are
 * written under a display that is closed.
 */
export async function withRegistryLink<T>(
  settings: LinkSettings,
  io: Io,
  work: (session: LinkSession) => Promise<T>,
): Promise<T> {
  const display = openProgressDisplay(io, settings.output);
  try {
    using link = await openRegistryLink(settings, {
      io,
      display,
      stdinTaken: false,
    });
    return await work({ link, display });
  } finally {
    display.close();
  }
}

/** The same for a command that needs the registry from the beginning. */
export function withRegistry<T>(
  settings: LinkSettings,
  io: Io,
  work: (session: RegistrySession) => Promise<T>,
): Promise<T> {
  return withRegistryLink(
    settings,
    io,
    async ({ link, display }) =>
      await work({ registry: await link.connect(), display, io }),
  );
}
