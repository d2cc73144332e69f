import {
  type LayerEncoding,
  layerEncoding,
} from "../archive/layer_compression.ts";
import type { LayerReuse } from "../content/layer_reuse.ts";
import type { Compression } from "../oci/media_type.ts";
import { parsePlatform, type Platform } from "../oci/platform.ts";
import type { CommandCall } from "./command_spec.ts";
import type { Flags } from "./flags.ts";
import { AS_USER } from "./kubectl_flags.ts";
import { type LinkSettings, readLinkSettings } from "./link_settings.ts";
import { AUTO, COMPRESSIONS, MAX_JOBS, MAX_LEVEL } from "./push_flags.ts";
import { UsageError } from "./usage_error.ts";

/** What `k8scr push` was told to do. */
export interface PushSettings extends LinkSettings {
  /** Where the images are, as it was typed. */
  readonly source: string;
  /** Which images, and what they are called. */
  readonly naming: NamingSettings;
  /** The one platform to push. */
  readonly platform?: Platform;
  /** How layers that are plain tars are sent, where it is not measured. */
  readonly encoding: LayerEncoding;
  /** Whether that is chosen by measurement. */
  readonly measured: boolean;
  /** Layers at once. */
  readonly jobs: number;
  /** Which layers are taken that the registry has from elsewhere. */
  readonly reuseLayers: LayerReuse;
  /** Whether the push goes on with an interrupted one, and can be gone on with. */
  readonly resume: boolean;
  /** Whether nothing is sent. */
  readonly dryRun: boolean;
}

/** `--as`, `--prefix` and `--select`. */
export interface NamingSettings {
  /** Name of the single image. */
  readonly as?: string;
  /** Path before every name. */
  readonly prefix?: string;
  /** Images to take; all when it is empty. */
  readonly select: readonly string[];
}

/**
 * Reads the flags of `k8scr push`.
 *
 * @throws {UsageError} when a value cannot be used
 * @throws {PlatformSyntaxError} when `--platform` is malformed
 */
export function readPushSettings({ args, flags }: CommandCall): PushSettings {
  const [source = ""] = args;
  const platform = flags.optional("platform");
  refuseStrayImpersonation(flags);
  return {
    ...readLinkSettings(flags, AS_USER),
    source,
    naming: readNaming(flags),
    ...platform !== undefined && { platform: parsePlatform(platform) },
    ...readEncoding(flags),
    jobs: flags.integer("jobs", { min: 1, max: MAX_JOBS }),
    reuseLayers: !flags.isOn("no-reuse"),
    resume: !flags.isOn("no-resume"),
    dryRun: flags.isOn("dry-run"),
  };
}

function readNaming(flags: Flags): NamingSettings {
  const as = flags.optional("as");
  const prefix = flags.optional("prefix");
  return {
    select: flags.list("select"),
    ...as !== undefined && { as },
    ...prefix !== undefined && { prefix },
  };
}

function readEncoding(
  flags: Flags,
): Pick<PushSettings, "encoding" | "measured"> {
  const choice = flags.choice("compression", [...COMPRESSIONS, AUTO]);
  const compression: Compression = choice === AUTO ? "gzip" : choice;
  const measured = choice === AUTO;
  if (!flags.has("compression-level")) {
    return { encoding: layerEncoding(compression), measured };
  }
  if (measured) {
    throw new UsageError(
      "Cannot use --compression-level with --compression auto: the levels differ",
    );
  }
  const level = flags.integer("compression-level", { min: 0, max: MAX_LEVEL });
  try {
    return { encoding: layerEncoding(compression, level), measured };
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new UsageError(error.message, {
      recommendation: "Change --compression-level or --compression",
      cause: error,
    });
  }
}

/** Who writes kubectl's `--as` here would push with all rights, under a wrong name. */
function refuseStrayImpersonation(flags: Flags): void {
  if (flags.has(AS_USER)) return;
  const stray = flags.list("as-group").length > 0
    ? "as-group"
    : flags.has("as-uid")
    ? "as-uid"
    : undefined;
  if (stray === undefined) return;
  throw new UsageError(
    `Cannot use --${stray} without --${AS_USER}: nobody is impersonated`,
    {
      recommendation:
        `--as names the image here; kubectl's --as is --${AS_USER}`,
    },
  );
}
