import { strict as assert } from "node:assert";
import { parseUploadRange } from "../../src/registry/upload_range.ts";

function parse(range: string) {
  return parseUploadRange(new Headers({ range }));
}

Deno.test("parseUploadRange() reads the last byte as inclusive", () => {
  assert.deepEqual(parse("0-3"), { kind: "offset", offset: 4 });
  assert.deepEqual(parse("0-1"), { kind: "offset", offset: 2 });
  assert.deepEqual(parse("bytes=0-8388607"), {
    kind: "offset",
    offset: 8_388_608,
  });
});

Deno.test("parseUploadRange() reads 0--1 as nothing", () => {
  assert.deepEqual(parse("0--1"), { kind: "offset", offset: 0 });
});

Deno.test("parseUploadRange() does not take 0-0 for an offset", () => {
  assert.deepEqual(parse("0-0"), { kind: "ambiguous" });
});

Deno.test("parseUploadRange() takes anything else for nothing said", () => {
  for (const range of ["", "3", "5-9", "0-x", "0-3/10", "bytes 0-3"]) {
    assert.deepEqual(parse(range), { kind: "absent" }, range);
  }
  assert.deepEqual(parseUploadRange(new Headers()), { kind: "absent" });
});
