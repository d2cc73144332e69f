/**
 * Reads a `Retry-After` header: whole seconds, or a date.
 *
 * @param now the present time in milliseconds since the epoch
 * @returns milliseconds to wait, or `undefined` when the header is absent or
 *   malformed
 * @see https://www.rfc-editor.org/rfc/rfc9110.html#name-retry-after
 */
export function parseRetryAfter(
  headers: Headers,
  now: number = Date.now(),
): number | undefined {
  const value = headers.get("retry-after")?.trim();
  if (value === undefined || value === "") return undefined;
  if (/^[0-9]{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
