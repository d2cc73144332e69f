import { strict as assert } from "node:assert";
import {
  DocumentSyntaxError,
  JsonObject,
  parseJsonDocument,
} from "../../src/oci/json_document.ts";

function object(value: unknown): JsonObject {
  return JsonObject.from(value, "the manifest");
}

Deno.test("parseJsonDocument() refuses what is not UTF-8 JSON", () => {
  for (const bytes of [[], [0xff], [0x7b], [0xef, 0xbb]]) {
    assert.throws(
      () => parseJsonDocument(new Uint8Array(bytes), "index.json"),
      {
        name: "DocumentSyntaxError",
        message: "Cannot read index.json: it is not JSON",
      },
    );
  }
});

Deno.test("parseJsonDocument() refuses a document of more than 16 MiB", () => {
  const bytes = new Uint8Array(16 * 1024 * 1024 + 1).fill(0x20);
  assert.throws(() => parseJsonDocument(bytes, "index.json"), {
    message:
      "Cannot read index.json: it has 16777217 bytes, at most 16777216 are read",
  });
});

Deno.test("JsonObject names the field that is wrong, with its path", () => {
  const manifest = object({ config: { size: "1" }, layers: [{}, 3] });
  const table: readonly [() => unknown, string][] = [
    [
      () => manifest.object("config").size("size"),
      "config.size must be a whole number, 0 or more",
    ],
    [
      () => manifest.object("config").string("digest"),
      "config.digest is missing",
    ],
    [() => manifest.objects("layers"), "layers[1] must be an object"],
    [() => manifest.strings("config"), "config must be a list"],
    [() => manifest.object("subject"), "subject is missing"],
  ];
  for (const [read, reason] of table) {
    assert.throws(read, {
      name: "DocumentSyntaxError",
      message: `Cannot read the manifest: ${reason}`,
    });
  }
});

Deno.test("JsonObject reads only own fields", () => {
  const inherited = object(JSON.parse('{"a":1}'));
  assert.equal(inherited.has("toString"), false);
  assert.equal(inherited.optionalString("constructor"), undefined);
});

Deno.test("JsonObject takes null for absent", () => {
  const index = object({ manifests: null, mediaType: null });
  assert.deepEqual(index.objects("manifests"), []);
  assert.equal(index.optionalString("mediaType"), undefined);
});

Deno.test("JsonObject.from() refuses lists and scalars", () => {
  for (const value of [[], null, 1, "x"]) {
    assert.throws(() => object(value), DocumentSyntaxError);
  }
});

Deno.test("JsonObject sizes are whole and not negative", () => {
  for (const size of [-1, 1.5, 2 ** 53, "1"]) {
    assert.throws(() => object({ size }).size("size"), DocumentSyntaxError);
  }
  assert.equal(object({ size: 0 }).size("size"), 0);
});

Deno.test("DocumentSyntaxError keeps a hostile text on one line", () => {
  const { message } = new DocumentSyntaxError("x", 'is "a\n\x1b[2J"');
  assert.equal(message, 'Cannot read x: is "a\\u000a\\u001b[2J"');
});
