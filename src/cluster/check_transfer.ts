import { randomFillSync } from "node:crypto";
import { discard } from "../http/body.ts";
import { Chunk } from "../registry/chunk_reader.ts";
import type { RegistryClient } from "../registry/registry_client.ts";
import { RegistryError } from "../registry/registry_error.ts";
import type { UploadSession } from "../registry/upload_session.ts";
import { startUpload } from "../registry/upload_start.ts";
import type {
  KnownRegistry,
  ReachedRegistry,
  RegistryCheckOptions,
} from "./check_registry.ts";
import type { CheckResult } from "./doctor_finding.ts";
import { PROBE_REPOSITORY } from "./doctor_registry_probe.ts";

/** Exchanges that a round trip is measured by: the median of them. */
const ROUND_TRIPS = 5;

/** 8 MiB: two chunks of a push, which nobody has to wait for. */
const TRANSFER_BYTES = 8 * 1024 * 1024;

/** Milliseconds after which enough was sent over a slow way. */
const TRANSFER_TIME = 10_000;

/** 256 KiB: a push does not go below, either. */
const SMALLEST_CHUNK = 256 * 1024;

/** Options for {@linkcode checkTransfer}. */
export interface TransferCheckOptions extends RegistryCheckOptions {
  /** Bytes of a chunk, as a push sends them. */
  readonly chunkSize: number;
}

/**
 * Measures how long a request to the registry and back takes.
 *
 * @throws {Error} when the way to the registry breaks
 */
export async function checkRoundTrip(
  { client }: ReachedRegistry,
  { signal }: RegistryCheckOptions,
): Promise<CheckResult<number>> {
  const times: number[] = [];
  while (times.length < ROUND_TRIPS) {
    const started = performance.now();
    await discard(
      await client.send({
        method: "GET",
        path: "/v2/",
        action: "reach the registry",
        expected: [200],
        ...signal && { signal },
      }),
    );
    times.push(performance.now() - started);
  }
  const value = times.toSorted((a, b) => a - b)[ROUND_TRIPS >> 1] ?? 0;
  const milliseconds = Number(value.toFixed(1));
  const text = `${milliseconds} ms to the registry and back`;
  return { status: "ok", text, facts: { milliseconds }, value };
}

/**
 * Sends a few megabytes the way a push does, and takes them back: finds out how
 * big a request may be, and how fast they go.
 *
 * @throws {RegistryError} when the registry does not take them
 */
export async function checkTransfer(
  { client, traits }: KnownRegistry,
  options: TransferCheckOptions,
): Promise<CheckResult<number>> {
  if (!traits.uploads) {
    return { status: "skipped", text: "you may not send anything" };
  }
  if (!traits.cancel) {
    const why = traits.cancel === undefined
      ? " without the right to delete"
      : "";
    const text = `what is sent could not be taken back${why}`;
    return { status: "skipped", text };
  }
  const session = await startProbe(client, options.signal);
  try {
    return describe(await sendChunks(session, options), options.chunkSize);
  } finally {
    await session.cancel();
  }
}

interface Transfer {
  /** Bytes of the largest request that passed, or of the last that did not. */
  readonly largest: number;
  readonly bytes: number;
  readonly milliseconds: number;
}

function startProbe(
  client: RegistryClient,
  signal: AbortSignal | undefined,
): Promise<UploadSession> {
  const scope = { client, repository: PROBE_REPOSITORY };
  return startUpload(scope, signal && { signal });
}

async function sendChunks(
  session: UploadSession,
  { chunkSize, signal }: TransferCheckOptions,
): Promise<Transfer> {
  const noise = randomFillSync(new Uint8Array(chunkSize));
  let size = chunkSize;
  let bytes = 0;
  let milliseconds = 0;
  while (bytes < TRANSFER_BYTES && milliseconds < TRANSFER_TIME) {
    const started = performance.now();
    try {
      const chunk = new Chunk(bytes, [noise.subarray(0, size)]);
      await session.sendChunk(chunk, signal && { signal });
    } catch (error) {
      if (!isTooBig(error) || bytes > 0) throw error;
      const half = Math.floor(size / 2);
      if (half < SMALLEST_CHUNK) return { largest: size, bytes, milliseconds };
      size = half;
      continue;
    }
    milliseconds += performance.now() - started;
    bytes += size;
  }
  return { largest: size, bytes, milliseconds };
}

/** @see https://www.rfc-editor.org/rfc/rfc9110#section-15.5.14 */
function isTooBig(error: unknown): boolean {
  return error instanceof RegistryError && error.status === 413;
}

function describe(
  { largest, bytes, milliseconds }: Transfer,
  wanted: number,
): CheckResult<number> {
  if (bytes === 0) return refused(largest);
  const value = bytes / milliseconds * 1000;
  const rate = `${(value / 1e6).toFixed(value < 10e6 ? 1 : 0)} MB/s`;
  const facts = {
    bytesPerSecond: Math.round(value),
    bytes,
    largestRequest: largest,
  };
  const text = `requests of ${binarySize(largest)} pass, ${rate} in one upload`;
  if (largest === wanted) return { status: "ok", text, facts, value };
  return {
    status: "warning",
    text: `${text}; larger ones are refused (413)`,
    advice:
      "Something in front of the registry limits them; a push finds that out, and sends smaller chunks\n" +
      `Spare it the search: --chunk-size ${
        Math.floor(largest / 1024)
      }Ki; or raise the limit (nginx: client_max_body_size)`,
    facts,
    value,
  };
}

function refused(smallest: number): CheckResult<number> {
  return {
    status: "failed",
    fault: "other",
    text: `requests of ${binarySize(smallest)} are refused (413)`,
    advice:
      "Something in front of the registry limits them, to less than a push can do with: raise its limit (nginx: client_max_body_size)",
  };
}

/** Writes a size in the units that `--chunk-size` is given in. */
function binarySize(bytes: number): string {
  const mebibytes = bytes / 2 ** 20;
  if (Number.isInteger(mebibytes)) return `${mebibytes} MiB`;
  return `${Math.floor(bytes / 1024)} KiB`;
}
