import { openDockerArchive } from "../archive/docker_archive.ts";
import type { LayerEncoding } from "../archive/layer_compression.ts";
import type { ImageSource } from "../content/image_source.ts";
import type { Engine } from "../engine/container_engine.ts";
import { openEngine } from "../engine/engine.ts";
import { EngineConnectionError, EngineError } from "../engine/engine_error.ts";
import {
  openEngineImage,
  type OpenEngineImageOptions,
} from "../engine/engine_source.ts";
import { systemEngineHost } from "./engine_host.ts";
import type { Io } from "./io.ts";
import type { SourceLocation } from "./source_location.ts";

/** Options for {@linkcode openEngineSource}. */
export interface EngineSourceOptions {
  /** For the engine's settings, temporary files and the end of it all. */
  readonly io: Pick<Io, "env" | "tempDir" | "signal">;
  /** How layers that are plain tars are sent. */
  readonly encoding: LayerEncoding;
  /** Told which engine an image is read from. */
  readonly note?: (message: string) => void;
  /** Finds the layers that an engine's export need not hold; default none. */
  readonly findHeld?: OpenEngineImageOptions["findHeld"];
}

/** An image of an engine, as the user said it. */
type EngineLocation = Extract<SourceLocation, { readonly kind: "engine" }>;

/**
 * Opens an image of the local engine, and tells which engine that is.
 *
 * @throws {EngineConnectionError} when no engine answers
 * @throws {EngineError} when it has no such image
 * @throws {EngineSettingsError} when a setting names what cannot be used
 */
export async function openEngineSource(
  location: EngineLocation,
  options: EngineSourceOptions,
): Promise<ImageSource> {
  const { io, encoding, note, findHeld } = options;
  const { signal, tempDir } = io;
  const engine = await findEngine(location, io);
  try {
    const source = await openEngineImage(engine, location.image, {
      tempDir,
      signal,
      ...findHeld && { findHeld },
      docker: (tar) => openDockerArchive(tar, { ...encoding, signal }),
    });
    note?.(
      `${location.image} is read from ${engine.product} at ${engine.address}`,
    );
    return source;
  } catch (error) {
    engine[Symbol.dispose]();
    throw isMissing(error) ? missingImage(location, error) : error;
  }
}

async function findEngine(
  { image, explicit }: EngineLocation,
  io: EngineSourceOptions["io"],
): Promise<Engine> {
  const { signal } = io;
  try {
    return await openEngine(systemEngineHost(io), { signal });
  } catch (error) {
    if (explicit || !(error instanceof EngineConnectionError)) throw error;
    const [, ...tried] = error.message.split("\n");
    const what =
      `Cannot read "${image}": there is no such file or folder, and no container engine answers`;
    const { recommendation = "" } = error;
    throw new EngineConnectionError([what, ...tried].join("\n"), {
      cause: error,
      recommendation,
    });
  }
}

function isMissing(error: unknown): error is EngineError {
  return error instanceof EngineError && error.status === 404;
}

function missingImage(
  { explicit }: EngineLocation,
  error: EngineError,
): EngineError {
  const noFile = "There is no file or folder of that name either";
  const next = "Name another engine with DOCKER_HOST, or give an archive";
  return new EngineError(error.message, {
    status: error.status,
    cause: error,
    recommendation: explicit ? next : `${noFile}\n${next}`,
  });
}
