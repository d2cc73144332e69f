import { strict as assert } from "node:assert";
import { refuseOthers } from "../../src/archive/file_head.ts";
import { buildTar, toBytes } from "../support/tar_builder.ts";

for (
  const [head, reason] of [
    ["", "it is empty"],
    ["PK\x03\x04\x14\x00", "it is a zip file, not an image archive"],
    [
      "version https://git-lfs.github.com/spec/v1\n",
      "it is a pointer of Git LFS, not an image archive",
    ],
    [
      "\n<!DOCTYPE html>",
      "it is an HTML or XML document, not an image archive",
    ],
    [
      '{"message":"no such image"}',
      "it is a JSON document, not an image archive",
    ],
    ["[]", "it is a JSON document, not an image archive"],
    ["\x7fELF", "it is a program, not an image archive"],
    ["BZh9", "it is compressed more than once"],
    ["hello", "it is not a tar archive"],
    ["\0".repeat(512), "it is no image archive: it begins with zeros"],
  ] as const
) {
  Deno.test(`refuseOthers() says of ${JSON.stringify(head)}: ${reason}`, () => {
    assert.throws(() => refuseOthers(toBytes(head), "x"), (error) => {
      assert(error instanceof Error && "recommendation" in error);
      assert.equal(error.message, `Cannot read "x": ${reason}`);
      return true;
    });
  });
}

Deno.test("refuseOthers() lets a tar pass", () => {
  for (
    const entry of [{ name: "a" }, { name: "{old}", format: "v7" } as const]
  ) {
    refuseOthers(buildTar([entry]).subarray(0, 512), "x");
  }
});
