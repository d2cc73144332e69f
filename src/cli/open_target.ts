import { ArchiveTarget } from "../archive/archive_target.ts";
import { openFileOutput } from "../archive/file_output.ts";
import { StreamOutput } from "../archive/stream_output.ts";
import type { StagedTarget } from "../content/staged_target.ts";
import { openEngine } from "../engine/engine.ts";
import { openLayoutTarget } from "../layout/layout_target.ts";
import type { Digest } from "../oci/digest.ts";
import { systemEngineHost } from "./engine_host.ts";
import { EngineTarget } from "./engine_target.ts";
import type { Io } from "./io.ts";
import type { ProgressDisplay } from "./progress_display.ts";
import type { TargetLocation } from "./target_location.ts";
import { UsageError } from "./usage_error.ts";

/** Options for {@linkcode openTarget}. */
export interface OpenTargetOptions {
  /** For the standard output, temporary files and the end of it all. */
  readonly io: Pick<Io, "env" | "stdout" | "tempDir" | "signal">;
  /** Where notes and warnings go. */
  readonly display:
    & Pick<ProgressDisplay, "warn">
    & Partial<Pick<ProgressDisplay, "note">>;
  /** The blobs that will be written: what is left of another run is kept. */
  readonly wanted?: ReadonlySet<Digest>;
}

/**
 * Opens the target that a location stands for.
 *
 * @throws {UsageError} when the standard output is a terminal
 * @throws {LayoutError} when a directory holds something else than a layout
 * @throws {EngineConnectionError} when no engine answers
 */
export async function openTarget(
  location: TargetLocation,
  options: OpenTargetOptions,
): Promise<StagedTarget> {
  const { io, display, wanted } = options;
  const { signal } = io;
  if (location.kind === "engine") {
    const engine = await openEngine(systemEngineHost(io), { signal });
    display.note?.(`The images go to ${engine.product} at ${engine.address}`);
    return new EngineTarget(engine, io);
  }
  if (location.kind === "layout") {
    const onWarning = (message: string) => display.warn(message);
    return await openLayoutTarget(location.path, { signal, onWarning });
  }
  if (location.kind === "stream") {
    refuseTerminal(io.stdout);
    const output = new StreamOutput(
      (bytes) => send(io.stdout, bytes),
      { location: "the standard output", tempDir: io.tempDir },
    );
    return new ArchiveTarget(output, location.format);
  }
  const output = await openFileOutput(location.path, {
    signal,
    ...wanted && { wanted },
  });
  return new ArchiveTarget(output, location.format);
}

/** Returns a location as a user writes it. */
export function describeTarget(location: TargetLocation): string {
  switch (location.kind) {
    case "stream":
      return "-";
    case "engine":
      return "docker-daemon";
    default:
      return location.path;
  }
}

/**
 * Refuses to write an archive to a terminal.
 *
 * @throws {UsageError} when the standard output is one
 */
export function refuseTerminal(stdout: Pick<Io["stdout"], "isTerminal">): void {
  if (!stdout.isTerminal) return;
  throw new UsageError(
    "Cannot write an image to the standard output: it is a terminal",
    {
      recommendation: "Pipe it into a program: k8scr pull NAME - | docker load",
    },
  );
}

/** Who stops to read has not got the image. */
async function send(stdout: Io["stdout"], bytes: Uint8Array): Promise<void> {
  await stdout.write(bytes);
  if (!stdout.isClosed) return;
  throw new Error(
    "Cannot write to the standard output: its reader has gone\nSee what the program behind the pipe says",
  );
}
