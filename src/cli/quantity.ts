/**
 * Multipliers of a size, as Kubernetes writes quantities.
 *
 * @see https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
 */
const SIZE_UNITS: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["k", 1e3],
  ["K", 1e3],
  ["M", 1e6],
  ["G", 1e9],
  ["T", 1e12],
  ["Ki", 2 ** 10],
  ["Mi", 2 ** 20],
  ["Gi", 2 ** 30],
  ["Ti", 2 ** 40],
]);

/** Milliseconds of a unit of time, as Go writes durations. */
const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Units in which sizes are shown, each 1000 times the one before. */
const SHOWN_UNITS = ["B", "kB", "MB", "GB", "TB"] as const;

/** Parses a size such as `8M` or `512Ki` into bytes; `undefined` when it is none. */
export function parseSize(text: string): number | undefined {
  const [, number = "", unit = ""] =
    /^([0-9]+(?:\.[0-9]+)?)([A-Za-z]*)$/.exec(text) ?? [];
  const factor = SIZE_UNITS.get(unit);
  if (number === "" || factor === undefined) return undefined;
  const bytes = Math.round(Number(number) * factor);
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/**
 * Parses a duration such as `60s` or `1m30s` into milliseconds; `undefined` when
 * it is none.
 *
 * @see https://pkg.go.dev/time#ParseDuration
 */
export function parseDuration(text: string): number | undefined {
  if (text === "0") return 0;
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:ms|s|m|h))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, number, unit = ""] of text.matchAll(/([0-9.]+)([a-z]+)/g)) {
    total += Number(number) * (DURATION_UNITS.get(unit) ?? 0);
  }
  return Number.isFinite(total) ? total : undefined;
}

/** Writes a size for people: `12.3 MB`. */
export function formatSize(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < SHOWN_UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  const digits = unit === 0 || value >= 99.95 ? 0 : 1;
  return `${value.toFixed(digits)} ${SHOWN_UNITS[unit]}`;
}

/** Writes a duration for people: `0.4 s`, `42 s`, `3 m 07 s`, `2 h 05 m`. */
export function formatDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} m ${twoDigits(whole % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${twoDigits(minutes % 60)} m`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
