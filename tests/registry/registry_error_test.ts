import { strict as assert } from "node:assert";
import {
  parseRegistryErrors,
  printable,
  RegistryError,
} from "../../src/registry/registry_error.ts";

Deno.test("parseRegistryErrors() reads code, message and detail", () => {
  const body = '{"errors":[{"code":"A","message":"b","detail":{"x":1}},' +
    '{"code":"C","detail":"d"},{"message":"e"}]}';
  assert.deepEqual(parseRegistryErrors(body), [
    { code: "A", message: "b", detail: '{"x":1}' },
    { code: "C", message: "", detail: "d" },
    { code: "UNKNOWN", message: "e", detail: "" },
  ]);
});

Deno.test("parseRegistryErrors() finds nothing in any other body", () => {
  for (
    const body of [
      "",
      "<html>",
      "null",
      "[]",
      "{}",
      '{"errors":null}',
      '{"errors":"x"}',
      '{"errors":[1]}',
      '{"errors":[{"code":1}]}',
      "not found",
    ]
  ) {
    assert.deepEqual(parseRegistryErrors(body), [], body);
  }
});

Deno.test("printable() keeps a registry's text from the terminal's controls", () => {
  assert.equal(printable("a\x1b[31mb\r\nc\u202e\t d\0"), "a [31mb c d");
  assert.equal(printable("x".repeat(500)), `${"x".repeat(400)}…`);
});

Deno.test("RegistryError carries what callers decide on", () => {
  const error = new RegistryError("Cannot x: y", {
    method: "PUT",
    path: "/v2/a/manifests/b",
    status: 429,
    errors: [{ code: "TOOMANYREQUESTS", message: "", detail: "" }],
    transient: true,
    retryAfter: 1000,
  });
  assert.equal(error.name, "RegistryError");
  assert.equal(error.hasCode("TOOMANYREQUESTS"), true);
  assert.equal(error.hasCode("DENIED"), false);
  assert.equal(error.transient, true);
  assert.equal(error.retryAfter, 1000);
});
