import { discard, readTextUpTo } from "../http/body.ts";
import type { Transport } from "../http/transport.ts";

/** How much a registry keeps. */
export interface RegistryUsage {
  /** Bytes of content and of unfinished uploads. */
  readonly bytes: number;
  /** Most bytes that it may keep; absent without a limit. */
  readonly limit?: number;
  /** Bytes that its disk has left; absent where it does not say so. */
  readonly free?: number;
  /** Version of the program; absent where it does not say so. */
  readonly version?: string;
}

/** Returns how many more bytes it can take; `undefined` where nobody knows. */
export function roomIn(
  { bytes, limit, free }: RegistryUsage,
): number | undefined {
  const below = limit === undefined ? Infinity : Math.max(0, limit - bytes);
  const room = Math.min(below, free ?? Infinity);
  return room === Infinity ? undefined : room;
}

/** The host does not count: the transport knows the Pod. */
const METRICS_URL = "http://registry/metrics";

/** Metrics of k8scr's own registry are some ten thousand bytes. */
const MAX_METRICS_BYTES = 1024 * 1024;

/**
 * Asks a registry how much it keeps; `undefined` when it does not say, as all
 * but k8scr's own.
 *
 * @param transport the way to its Pod
 */
export async function readUsage(
  transport: Transport,
  signal: AbortSignal,
): Promise<RegistryUsage | undefined> {
  const response = await transport(new Request(METRICS_URL, { signal }));
  if (!response.ok) {
    await discard(response);
    return undefined;
  }
  const text = await readTextUpTo(response, MAX_METRICS_BYTES);
  const bytes = metric(text, "k8scr_registry_storage_bytes");
  const limit = metric(text, "k8scr_registry_storage_limit_bytes");
  const free = metric(text, "k8scr_registry_storage_free_bytes");
  const [, version] = BUILD_INFO.exec(text) ?? [];
  if (bytes === undefined) return undefined;
  return {
    bytes,
    ...limit !== undefined && { limit },
    ...free !== undefined && { free },
    ...version !== undefined && { version },
  };
}

const BUILD_INFO =
  /^k8scr_registry_build_info\{version="([\w.+-]{1,64})"\} 1$/m;

/** Finds a number; `+Inf` and `NaN` are none. */
function metric(text: string, name: string): number | undefined {
  const [, value] = new RegExp(`^${name} ([0-9.eE+]+)$`, "m").exec(text) ?? [];
  return value === undefined ? undefined : Number(value);
}
