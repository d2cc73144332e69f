/** Milliseconds in each unit of a Go duration. */
const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "µs": 1e-3,
  "μs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};
const DURATION = /^(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+$/;
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g;

/**
 * Parses `--request-timeout`: whole seconds, or a Go duration such as `1m30s`.
 *
 * @returns milliseconds, or `undefined` for no timeout, which `0` means
 * @throws {SyntaxError} when it is neither
 */
export function parseRequestTimeout(text: string): number | undefined {
  const timeout = /^\d+$/.test(text) ? Number(text) * 1000 : duration(text);
  return timeout === 0 ? undefined : timeout;
}

function duration(text: string): number {
  if (!DURATION.test(text)) {
    throw new SyntaxError(
      `Invalid timeout value "${text}": a timeout is a single integer in seconds, or an integer followed by a corresponding time unit (e.g. 1s | 2m | 3h)`,
    );
  }
  const parts = [...text.matchAll(PART)];
  return parts.reduce(
    (sum, [, amount, unit = ""]) => sum + Number(amount) * (UNITS[unit] ?? 0),
    0,
  );
}
