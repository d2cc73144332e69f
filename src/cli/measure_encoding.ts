import { tryEncodings } from "../archive/encoding_trial.ts";
import {
  type LayerEncoding,
  layerEncoding,
} from "../archive/layer_compression.ts";
import { nodesTakeZstd } from "../kube/node_runtimes.ts";
import { RegistryError } from "../registry/registry_error.ts";
import { chooseEncoding } from "./choose_encoding.ts";
import type { Io } from "./io.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import type { PushSettings } from "./push_settings.ts";
import type { RegistryLink } from "./registry_link.ts";
import { formatSize } from "./quantity.ts";
import type { SourceLocation } from "./source_location.ts";

/** Options for {@linkcode measureEncoding}. */
export interface MeasureEncodingOptions {
  /** What is pushed. */
  readonly location: SourceLocation;
  /** The way to the registry, and to what the nodes run. */
  readonly link: RegistryLink;
  /** Where the choice is told. */
  readonly display: Pick<ProgressDisplay, "note">;
  /** Ends the measurement. */
  readonly io: Pick<Io, "signal">;
  /**
   * Processors of this host.
   *
   * @default {navigator.hardwareConcurrency}
   */
  readonly processors?: number;
}

/** Nothing stays in it: what is sent there is given up. */
const TRIAL_REPOSITORY = "k8scr-trial";

/**
 * Chooses how layers are sent, and which layers of the registry will do: all
 * that the nodes can unpack, because what is measured is not the same each time.
 */
export async function measureEncoding(
  { reuseLayers, dryRun, encoding }: Pick<
    PushSettings,
    "encoding" | "reuseLayers" | "dryRun"
  >,
  options: MeasureEncodingOptions,
): Promise<Pick<PushSettings, "encoding" | "reuseLayers">> {
  const encodings = [
    layerEncoding("gzip"),
    ...await nodesTakeZstd(options.link.cluster.api)
      ? [layerEncoding("zstd")]
      : [],
  ];
  const usable = encodings.map(({ compression }) => compression);
  return {
    // A dry run sends nothing, so it measures nothing.
    encoding: dryRun ? encoding : await chosenOf(encodings, options),
    reuseLayers: reuseLayers && [...usable, "none"],
  };
}

/**
 * Measures the path to the registry, and what compression does to the archive.
 * Where one of them cannot be measured, gzip it is. The choice is printed, for
 * whoever wants the same again.
 */
async function chosenOf(
  encodings: readonly LayerEncoding[],
  options: MeasureEncodingOptions,
): Promise<LayerEncoding> {
  const { location, link, display, io } = options;
  const { processors = navigator.hardwareConcurrency } = options;
  const path = await fileOf(location);
  const trials = path === undefined ? [] : await tryEncodings(path, encodings);
  if (trials.length === 0) return told(display, "cannot be tried beforehand");
  const uploadRate = await rateOf(link, io.signal);
  if (uploadRate === undefined) return told(display, "cannot be measured");
  const encoding = chooseEncoding({ uploadRate, trials, processors });
  display.note(
    `The path to the registry takes ${formatSize(uploadRate)}/s: layers are ` +
      `sent with --compression ${encoding.compression}`,
  );
  return encoding;
}

function told(
  display: Pick<ProgressDisplay, "note">,
  why: string,
): LayerEncoding {
  display.note(`The compression ${why}: layers are sent with gzip`);
  return layerEncoding("gzip");
}

/** A pipe can be read only once, and a layout's layers stay as they are. */
async function fileOf(location: SourceLocation): Promise<string | undefined> {
  if (!("path" in location)) return undefined;
  const { isFile } = await Deno.stat(location.path);
  return isFile ? location.path : undefined;
}

async function rateOf(
  link: RegistryLink,
  signal: AbortSignal,
): Promise<number | undefined> {
  const repository = (await link.connect()).repository(TRIAL_REPOSITORY);
  try {
    return await repository.measureUpload(signal);
  } catch (error) {
    // The push itself will tell why the registry takes nothing.
    if (error instanceof RegistryError) return undefined;
    throw error;
  }
}
