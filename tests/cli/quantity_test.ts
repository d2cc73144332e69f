import { strict as assert } from "node:assert";
import {
  formatDuration,
  formatSize,
  parseDuration,
  parseSize,
} from "../../src/cli/quantity.ts";

Deno.test("parseSize() takes decimal and binary units", () => {
  assert.equal(parseSize("0"), 0);
  assert.equal(parseSize("100"), 100);
  assert.equal(parseSize("8M"), 8_000_000);
  assert.equal(parseSize("8Mi"), 8_388_608);
  assert.equal(parseSize("1.5k"), 1500);
  assert.equal(parseSize("2G"), 2_000_000_000);
});

Deno.test("parseSize() rejects what is no size", () => {
  for (const text of ["", "M", "-1", "8MB", "8 M", "1e3", "999999999T"]) {
    assert.equal(parseSize(text), undefined, text);
  }
});

Deno.test("parseDuration() adds up the parts", () => {
  assert.equal(parseDuration("0"), 0);
  assert.equal(parseDuration("60s"), 60_000);
  assert.equal(parseDuration("1m30s"), 90_000);
  assert.equal(parseDuration("250ms"), 250);
  assert.equal(parseDuration("1.5h"), 5_400_000);
});

Deno.test("parseDuration() rejects what is no duration", () => {
  for (const text of ["", "60", "s", "-1s", "1 s", "1d"]) {
    assert.equal(parseDuration(text), undefined, text);
  }
});

Deno.test("formatSize() keeps three digits", () => {
  assert.equal(formatSize(0), "0 B");
  assert.equal(formatSize(999), "999 B");
  assert.equal(formatSize(1234), "1.2 kB");
  assert.equal(formatSize(99_949), "99.9 kB");
  assert.equal(formatSize(123_456_789), "123 MB");
  assert.equal(formatSize(999_600), "1.0 MB");
  assert.equal(formatSize(8_000_000_000), "8.0 GB");
});

Deno.test("formatDuration() has the unit that fits", () => {
  assert.equal(formatDuration(420), "0.4 s");
  assert.equal(formatDuration(9960), "10 s");
  assert.equal(formatDuration(187_000), "3 m 07 s");
  assert.equal(formatDuration(7_500_000), "2 h 05 m");
});
