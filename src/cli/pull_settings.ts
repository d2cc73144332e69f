import { parsePlatform, type Platform } from "../oci/platform.ts";
import type { CommandCall } from "./command_spec.ts";
import { formatImageName, lookupOf, parseImageName } from "./image_name.ts";
import { type LinkSettings, readLinkSettings } from "./link_settings.ts";
import { MAX_JOBS } from "./push_flags.ts";
import { locateTarget, type TargetLocation } from "./target_location.ts";
import { UsageError } from "./usage_error.ts";

/** What `k8scr pull` was told to do. */
export interface PullSettings extends LinkSettings {
  /** The images. */
  readonly images: readonly WantedImage[];
  /** Where they go. */
  readonly target: TargetLocation;
  /** The one platform to take. */
  readonly platform?: Platform;
  /** Whether layers are stored as plain tars. */
  readonly decompress: boolean;
  /** Whether manifests about the images are taken too. */
  readonly referrers: boolean;
  /** Blobs at once. */
  readonly jobs: number;
}

/** An image of a registry in the cluster. */
export interface WantedImage {
  /** The repository. */
  readonly repository: string;
  /** Tag or digest by which the registry is asked. */
  readonly reference: string;
  /** What it is called where it goes. */
  readonly name: string;
}

/**
 * Reads the words and flags of `k8scr pull`. The last word is the target when
 * it looks like one.
 *
 * @throws {UsageError} when a word or a value cannot be used
 * @throws {ReferenceSyntaxError} when a name is malformed
 * @throws {PlatformSyntaxError} when `--platform` is malformed
 */
export async function readPullSettings(
  { args, flags }: CommandCall,
): Promise<PullSettings> {
  const last = args.at(-1) ?? "";
  const located = await locateTarget(last);
  const names = located === undefined ? args : args.slice(0, -1);
  if (names.length === 0) {
    throw new UsageError(`Cannot pull "${last}": it is a target, not an image`);
  }
  const target = located ?? { kind: "engine" };
  const platform = flags.optional("platform");
  const decompress = flags.isOn("decompress");
  if (decompress && !isDocker(target)) {
    throw new UsageError(
      "Cannot use --decompress: only a docker-archive has layers that are not compressed",
    );
  }
  return {
    ...readLinkSettings(flags),
    images: names.map(parseWanted),
    target,
    ...platform !== undefined && { platform: parsePlatform(platform) },
    decompress,
    referrers: !flags.isOn("no-referrers"),
    jobs: flags.integer("jobs", { min: 1, max: MAX_JOBS }),
  };
}

/** Tells whether a target holds Docker's images of one platform. */
export function isDocker(target: TargetLocation): boolean {
  return target.kind === "engine" ||
    (target.kind !== "layout" && target.format === "docker-archive");
}

/**
 * Parses the name of an image in a registry of the cluster; the tag is `latest`
 * where neither tag nor digest is named. The host of a registry in front of it
 * is dropped, as a push does.
 *
 * @throws {ReferenceSyntaxError} when it is malformed
 */
export function parseWanted(text: string): WantedImage {
  const image = parseImageName(text);
  const { repository, tag, digest } = image;
  const reference = lookupOf(image);
  if (tag === undefined && digest !== undefined) {
    return { repository, reference, name: formatImageName(image) };
  }
  const name = formatImageName({ repository, tag: tag ?? reference });
  return { repository, reference, name };
}
