import {
  type LayerEncoding,
  layerEncoding,
} from "../archive/layer_compression.ts";
import type { Compression } from "../oci/media_type.ts";
import { parsePlatform } from "../oci/platform.ts";
import type { CommandCall } from "./command_spec.ts";
import type { SelectionSettings } from "./copy_batch.ts";
import {
  type CopySource,
  type CopyTarget,
  locateCopySource,
  locateCopyTarget,
} from "./copy_location.ts";
import type { Flags } from "./flags.ts";
import { type LinkSettings, readLinkSettings } from "./link_settings.ts";
import type { OutputSettings } from "./output_flags.ts";
import { isDocker } from "./pull_settings.ts";
import { COMPRESSIONS, MAX_JOBS } from "./push_flags.ts";
import { UsageError } from "./usage_error.ts";

/** What `k8scr copy` was told to do. */
export interface CopySettings extends SelectionSettings {
  /** Where images are taken from. */
  readonly source: CopySource;
  /** Where they are brought to. */
  readonly target: CopyTarget;
  /** How to reach the source, where it is in a cluster. */
  readonly from: LinkSettings;
  /** How to reach the target, where it is in a cluster. */
  readonly to: LinkSettings;
  /** Whether registries outside are spoken to without TLS. */
  readonly plainHttp: boolean;
  /** Whether all tags of the repository are copied. */
  readonly all: boolean;
  /** How layers that are plain tars are copied. */
  readonly encoding: LayerEncoding;
  /** Blobs at once. */
  readonly jobs: number;
  /** How the command speaks. */
  readonly output: OutputSettings;
}

/**
 * Reads the words and flags of `k8scr copy`.
 *
 * @throws {UsageError} when a word or a value cannot be used
 * @throws {ReferenceSyntaxError} when a name is malformed
 * @throws {PlatformSyntaxError} when `--platform` is malformed
 */
export async function readCopySettings(
  { args, flags }: CommandCall,
): Promise<CopySettings> {
  const [from = "", to = ""] = args;
  const source = await locateCopySource(from);
  const target = await locateCopyTarget(to);
  const forDocker = target.kind === "host" && isDocker(target.location);
  const all = flags.isOn("all");
  if (all) refuseOneOfAll(source, target);
  const link = readLinkSettings(flags);
  const platform = flags.optional("platform");
  return {
    source,
    target,
    from: linkOf(source, "from", { link, flags }),
    to: linkOf(target, "to", { link, flags }),
    plainHttp: flags.isOn("plain-http"),
    all,
    ...platform !== undefined && { platform: parsePlatform(platform) },
    referrers: !flags.isOn("no-referrers"),
    forDocker,
    decompress: readDecompress(flags, forDocker),
    encoding: readEncoding(flags, forDocker),
    jobs: flags.integer("jobs", { min: 1, max: MAX_JOBS }),
    output: link.output,
  };
}

/** A tag or digest is one image, not all of them. */
function refuseOneOfAll(source: CopySource, target: CopyTarget): void {
  if (source.kind === "host") {
    throw new UsageError(
      "Cannot use --all: SOURCE is no repository of a registry, and its images are all copied",
    );
  }
  for (const end of [source, target]) {
    if (end.kind === "host") continue;
    const { repository, tag, digest } = end.image;
    if (tag === undefined && digest === undefined) continue;
    throw new UsageError(
      `Cannot use --all with "${
        tag ?? digest
      }": name the repository alone, "${repository}"`,
    );
  }
}

/** The flags of one end go before those for both. */
function linkOf(
  location: CopySource | CopyTarget,
  side: "from" | "to",
  { link, flags }: { readonly link: LinkSettings; readonly flags: Flags },
): LinkSettings {
  const context = flags.optional(`${side}-context`);
  const namespace = flags.optional(`${side}-namespace`);
  const registry = flags.optional(`${side}-registry`);
  const word = side === "from" ? "SOURCE" : "TARGET";
  if (location.kind !== "cluster") {
    if ((context ?? namespace ?? registry) === undefined) return link;
    throw new UsageError(
      `Cannot use the flags --${side}-…: ${word} is not in the registry of a cluster`,
    );
  }
  if (context !== undefined && location.context !== undefined) {
    throw new UsageError(
      `Cannot use --${side}-context "${context}": ${word} names the context "${location.context}"`,
    );
  }
  const chosen = location.context ?? context;
  return {
    ...link,
    registry: registry ?? link.registry,
    connection: {
      ...link.connection,
      ...chosen !== undefined && { context: chosen },
      ...namespace !== undefined && { namespace },
    },
  };
}

function readDecompress(flags: Flags, forDocker: boolean): boolean {
  const decompress = flags.isOn("decompress");
  if (!decompress || forDocker) return decompress;
  throw new UsageError(
    "Cannot use --decompress: only a docker-archive has layers that are not compressed",
  );
}

/** Docker's formats take layers as they are. */
function readEncoding(flags: Flags, forDocker: boolean): LayerEncoding {
  const compression: Compression = flags.choice(
    "compression",
    COMPRESSIONS,
  );
  return layerEncoding(forDocker ? "none" : compression);
}
