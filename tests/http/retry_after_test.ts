import { strict as assert } from "node:assert";
import { parseRetryAfter } from "../../src/http/retry_after.ts";

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

Deno.test("parseRetryAfter() reads seconds and dates as milliseconds", () => {
  const cases: readonly [string, number | undefined][] = [
    ["0", 0],
    ["7", 7000],
    [" 120 ", 120_000],
    ["Thu, 01 Jan 2026 12:00:30 GMT", 30_000],
    ["Thu, 01 Jan 2026 11:00:00 GMT", 0],
    ["-1x", undefined],
    ["soon", undefined],
    ["", undefined],
  ];
  for (const [value, expected] of cases) {
    const headers = new Headers({ "retry-after": value });
    assert.equal(parseRetryAfter(headers, NOW), expected, value);
  }
});

Deno.test("parseRetryAfter() gives nothing for an absent header", () => {
  assert.equal(parseRetryAfter(new Headers()), undefined);
});
