import { strict as assert } from "node:assert";
import { JsonObject } from "../../src/oci/json_document.ts";
import {
  formatPlatform,
  isRunnable,
  matchesPlatform,
  parsePlatform,
  parsePlatformObject,
  PlatformSyntaxError,
} from "../../src/oci/platform.ts";

Deno.test("parsePlatform() reads two or three parts and normalises", () => {
  const table: readonly [string, string][] = [
    ["linux/amd64", "linux/amd64"],
    ["Linux/AMD64", "linux/amd64"],
    ["linux/arm/v7", "linux/arm/v7"],
    ["linux/aarch64", "linux/arm64"],
    ["linux/x86_64", "linux/amd64"],
    ["linux/armhf", "linux/arm/v7"],
  ];
  for (const [text, expected] of table) {
    assert.equal(formatPlatform(parsePlatform(text)), expected, text);
  }
});

Deno.test("parsePlatform() rejects other texts", () => {
  for (const text of ["", "linux", "linux/", "/amd64", "a/b/c/d", "a b/c"]) {
    assert.throws(() => parsePlatform(text), PlatformSyntaxError, text);
  }
});

Deno.test("matchesPlatform() asks for the variant only where one was given", () => {
  const arm = { os: "linux", architecture: "arm", variant: "v6" };
  assert.equal(matchesPlatform(arm, parsePlatform("linux/arm")), true);
  assert.equal(matchesPlatform(arm, parsePlatform("linux/arm/v7")), false);
  const plain = { os: "linux", architecture: "arm64" };
  assert.equal(matchesPlatform(plain, parsePlatform("linux/arm64/v8")), true);
  assert.equal(matchesPlatform(plain, parsePlatform("linux/amd64")), false);
  assert.equal(matchesPlatform(plain, parsePlatform("windows/arm64")), false);
});

Deno.test("isRunnable() tells an attestation from an image", () => {
  assert.equal(isRunnable({ os: "unknown", architecture: "unknown" }), false);
  assert.equal(isRunnable({ os: "linux", architecture: "arm64" }), true);
});

Deno.test("parsePlatformObject() leaves absent fields empty", () => {
  const object = JsonObject.from({ os: "linux", variant: "" }, "the config");
  assert.deepEqual(parsePlatformObject(object), {
    os: "linux",
    architecture: "",
  });
});
