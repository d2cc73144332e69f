import type { JsonObject } from "./json_document.ts";

/**
 * The platform that an image runs on.
 *
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 */
export interface Platform {
  /** Operating system, as Go's `GOOS` names it. */
  readonly os: string;
  /** Processor architecture, as Go's `GOARCH` names it. */
  readonly architecture: string;
  /** Variant of the processor, such as `v8`. */
  readonly variant?: string;
}

/** Text that is not a platform. */
export class PlatformSyntaxError extends SyntaxError {
  /** Tells this class from other errors. */
  override readonly name = "PlatformSyntaxError";
  /** The text as it was given. */
  readonly input: string;

  /** Makes the error of what its fields say. */
  constructor(input: string) {
    super(
      `Cannot parse the platform "${input}": it must be OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT`,
    );
    this.input = input;
  }
}

/** Other spellings of an architecture, as containerd's platforms knows them. */
const ALIASES: Readonly<Record<string, readonly [string, string?]>> = {
  aarch64: ["arm64"],
  "x86_64": ["amd64"],
  "x86-64": ["amd64"],
  i386: ["386"],
  armhf: ["arm", "v7"],
  armel: ["arm", "v6"],
};

/** The variant that an architecture without one means. */
const DEFAULT_VARIANT: Readonly<Record<string, string>> = {
  arm: "v7",
  arm64: "v8",
  amd64: "v1",
};

/**
 * Parses a platform such as `linux/arm64` or `linux/arm/v7`.
 *
 * @throws {PlatformSyntaxError} when the text is not a platform
 */
export function parsePlatform(input: string): Platform {
  const [os, architecture, variant, more] = input.toLowerCase().split("/");
  const parts = [os, architecture, variant ?? "v"];
  if (
    more !== undefined ||
    parts.some((part) => !/^[a-z0-9_.-]+$/.test(part ?? ""))
  ) {
    throw new PlatformSyntaxError(input);
  }
  return normalize({
    os: os ?? "",
    architecture: architecture ?? "",
    ...variant !== undefined && { variant },
  });
}

/** Takes a platform out of a document; absent fields are empty. */
export function parsePlatformObject(object: JsonObject): Platform {
  const variant = object.optionalString("variant");
  return {
    os: object.optionalString("os") ?? "",
    architecture: object.optionalString("architecture") ?? "",
    ...variant !== undefined && variant !== "" && { variant },
  };
}

/** Writes a platform as `os/architecture[/variant]`. */
export function formatPlatform(platform: Platform): string {
  const { os, architecture, variant } = platform;
  return [os, architecture, ...variant ? [variant] : []].join("/");
}

/**
 * Tells whether an image for `have` is what was asked for with `wanted`. The
 * variant counts only where one was asked for; one that is absent is the
 * architecture's default.
 */
export function matchesPlatform(have: Platform, wanted: Platform): boolean {
  const image = normalize(have);
  const request = normalize(wanted);
  if (image.os !== request.os) return false;
  if (image.architecture !== request.architecture) return false;
  return wanted.variant === undefined ||
    variantOf(image) === variantOf(request);
}

/** Tells whether a platform is that of something to run, not of an attestation. */
export function isRunnable(platform: Platform): boolean {
  return platform.os !== "unknown" && platform.architecture !== "unknown";
}

function variantOf(platform: Platform): string | undefined {
  return platform.variant ?? DEFAULT_VARIANT[platform.architecture];
}

function normalize(platform: Platform): Platform {
  const alias = ALIASES[platform.architecture];
  if (alias === undefined) return platform;
  const [architecture, variant] = alias;
  const chosen = platform.variant ?? variant;
  return {
    os: platform.os,
    architecture,
    ...chosen !== undefined && { variant: chosen },
  };
}
