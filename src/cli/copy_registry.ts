import type { Registry } from "../registry/registry.ts";
import type { RegistryLocation } from "./copy_location.ts";
import type { CopySettings } from "./copy_settings.ts";
import { openExternalRegistry } from "./external_registry.ts";
import type { Io } from "./io.ts";
import type { LinkSettings } from "./link_settings.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import { openRegistryLink } from "./registry_link.ts";

/** A registry at one end of a copy, which has answered; closed by `using`. */
export interface CopyRegistry extends Disposable {
  /** The registry. */
  readonly registry: Registry;
  /** What it is called in messages. */
  readonly title: string;
  /** Returns the repository that a name means there. */
  repositoryName(name: string): string;
  /** Finds the `localhost:PORT` that nodes pull from, where there is one. */
  nodeAddress(): Promise<string | undefined>;
}

/** Options for {@linkcode openCopyRegistry}. */
export interface CopyRegistryOptions {
  /** How to reach it. */
  readonly link: LinkSettings;
  /** Whether one outside of the cluster is spoken to without TLS. */
  readonly plainHttp: boolean;
  /** Whether the copy reads standard input. */
  readonly stdinTaken: boolean;
  /** The world outside. */
  readonly io: Io;
  /** Where warnings and traces go. */
  readonly display: ProgressDisplay;
}

/** Opens the registry at one end of a copy, and makes sure that it answers. */
export async function openCopyRegistry(
  location: RegistryLocation,
  options: CopyRegistryOptions,
): Promise<CopyRegistry> {
  const { link, plainHttp, stdinTaken, io, display } = options;
  if (location.kind === "external") {
    const external = await openExternalRegistry(location.host, {
      io,
      display,
      settings: link,
      ...plainHttp && { plainHttp },
    });
    return {
      registry: external.registry,
      title: location.host,
      repositoryName: (name) => external.repositoryName(name),
      nodeAddress: () => Promise.resolve(undefined),
      [Symbol.dispose]: () => external[Symbol.dispose](),
    };
  }
  const opened = await openRegistryLink(link, { io, display, stdinTaken });
  try {
    return {
      registry: await opened.connect(),
      title: link.registry,
      repositoryName: (name) => name,
      nodeAddress: () => opened.nodeAddress(),
      [Symbol.dispose]: () => opened[Symbol.dispose](),
    };
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
}

/** Tells whether both ends of a copy are in the same registry. */
export function isSameRegistry(
  { source, target, from, to }: CopySettings,
): boolean {
  if (source.kind === "cluster" && target.kind === "cluster") {
    return addressOf(from) === addressOf(to);
  }
  return source.kind === "external" && target.kind === "external" &&
    source.host === target.host;
}

/** Flags that are the same lead to the same registry. */
function addressOf({ registry, connection }: LinkSettings): string {
  return JSON.stringify([registry, Object.entries(connection).sort()]);
}
