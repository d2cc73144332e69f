import { strict as assert } from "node:assert";
import {
  formatMoment,
  formatTable,
  shortDigest,
  sortNaturally,
} from "../../src/cli/list_table.ts";

Deno.test("sortNaturally() counts numbers as people do", () => {
  assert.deepEqual(
    sortNaturally(["v1.10", "v1.9", "latest", "v1.9-rc1", "10", "9", "09"]),
    ["09", "9", "10", "latest", "v1.9", "v1.9-rc1", "v1.10"],
  );
});

Deno.test("formatTable() pads all columns but the last", () => {
  assert.equal(
    formatTable([["a", "bb", "c"], ["aaa", "b", "cccc"], ["x"]], "  "),
    "  a    bb  c\n  aaa  b   cccc\n  x\n",
  );
  assert.equal(formatTable([]), "");
});

Deno.test("formatTable() leaves no space at the end of a line", () => {
  assert.equal(formatTable([["aa", ""], ["a", "b"]]), "aa\na   b\n");
});

Deno.test("shortDigest() keeps the algorithm", () => {
  assert.equal(
    shortDigest(`sha512:${"0123456789abcdef".repeat(8)}`),
    "sha512:0123456789ab",
  );
});

Deno.test("formatMoment() writes UTC to the minute", () => {
  assert.equal(formatMoment("2024-01-02T03:04:05+01:00"), "2024-01-02 02:04Z");
  assert.equal(formatMoment("yesterday"), "-");
  assert.equal(formatMoment(undefined), "-");
});
