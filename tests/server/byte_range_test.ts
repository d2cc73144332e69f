import { strict as assert } from "node:assert";
import {
  parseByteRange,
  parseChunkRange,
} from "../../src/server/byte_range.ts";

Deno.test("parseByteRange() reads one range and clamps it", () => {
  assert.deepEqual(parseByteRange("bytes=500-1499", 5000), {
    start: 500,
    end: 1499,
  });
  assert.deepEqual(parseByteRange("bytes=500-", 5000), {
    start: 500,
    end: 4999,
  });
  assert.deepEqual(parseByteRange("bytes=-500", 5000), {
    start: 4500,
    end: 4999,
  });
  assert.deepEqual(parseByteRange("bytes=2000-9000", 5000), {
    start: 2000,
    end: 4999,
  });
  assert.deepEqual(parseByteRange("bytes=-9000", 5000), {
    start: 0,
    end: 4999,
  });
  assert.deepEqual(parseByteRange("bytes=0-0", 1), { start: 0, end: 0 });
});

Deno.test("parseByteRange() tells ranges without a byte", () => {
  for (
    const [field, size] of [
      ["bytes=5000-10000", 5000],
      ["bytes=500-0", 5000],
      ["bytes=-0", 5000],
      ["bytes=0-", 0],
      ["bytes=-5", 0],
    ] as const
  ) assert.equal(parseByteRange(field, size), "unsatisfiable", field);
});

Deno.test("parseByteRange() ignores what a server may ignore", () => {
  for (
    const field of [
      null,
      "",
      "bytes=-",
      "bytes=0-1,3-4",
      "items=0-1",
      "bytes=a-b",
      "bytes 0-1",
      `bytes=0-${"9".repeat(30)}`,
    ]
  ) assert.equal(parseByteRange(field, 10), undefined, field ?? "null");
});

Deno.test("parseChunkRange() reads START-END and nothing else", () => {
  assert.deepEqual(parseChunkRange("0-1023"), { start: 0, end: 1023 });
  assert.deepEqual(parseChunkRange("7-7"), { start: 7, end: 7 });
  for (
    const field of [
      "bytes 0-5/6",
      "0-5/6",
      "5-4",
      "-5",
      "0-",
      "",
      "0x1-2",
      `0-${"9".repeat(16)}`,
    ]
  ) assert.equal(parseChunkRange(field), undefined, field);
});
