import { strict as assert } from "node:assert";
import { parseYamlDocuments } from "../../src/kube/yaml_document.ts";

function parse(text: string | Uint8Array): unknown {
  const bytes = typeof text === "string"
    ? new TextEncoder().encode(text)
    : text;
  const [document] = parseYamlDocuments(bytes);
  return document;
}

function utf16(text: string, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * text.length + 2));
  view.setUint16(0, 0xfeff, littleEndian);
  for (let index = 0; index < text.length; index++) {
    view.setUint16(2 * index + 2, text.charCodeAt(index), littleEndian);
  }
  return new Uint8Array(view.buffer);
}

Deno.test("parseYamlDocuments() takes scalars for what kubectl does", () => {
  const scalars: [string, unknown][] = [
    ["y", true],
    ["Yes", true],
    ["ON", true],
    ["no", false],
    ["tRue", "tRue"],
    ["12", 12],
    ["+1", 1],
    ["-7", -7],
    ["0777", 511],
    ["08", 8],
    ["0o17", 15],
    ["0x1F", 31],
    ["0b11", 3],
    ["1_000", 1000],
    ["1.10", 1.1],
    [".5", 0.5],
    ["1e3", 1000],
    ["1e", "1e"],
    [".", "."],
    ["=", "="],
    ["1:30", "1:30"],
    ["2020-01-01", "2020-01-01"],
    ["~", null],
    ["null", null],
    ['"12"', "12"],
    ["!!str 12", "12"],
    ["!!binary aGVsbG8=", "hello"],
    ["!foo bar", "bar"],
  ];
  for (const [text, value] of scalars) {
    assert.deepEqual(parse(`a: ${text}\n`), { a: value }, text);
  }
});

Deno.test("parseYamlDocuments() refuses numbers that JSON does not have", () => {
  assert.throws(() => parse("a: .inf\n"), SyntaxError);
  assert.throws(() => parse("a: .NaN\n"), SyntaxError);
});

Deno.test("parseYamlDocuments() lets the last of two equal keys win", () => {
  assert.deepEqual(parse("a: 1\na: 2\n"), { a: 2 });
});

Deno.test("parseYamlDocuments() merges mappings with <<", () => {
  assert.deepEqual(parse("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3\n"), {
    a: { k: 1, l: 2 },
    b: { k: 1, l: 3 },
  });
});

Deno.test("parseYamlDocuments() reads JSON, tabs included", () => {
  assert.deepEqual(parse('{\n\t"a": ["b", null]\n}'), { a: ["b", null] });
});

Deno.test("parseYamlDocuments() reads YAML that begins like JSON", () => {
  assert.deepEqual(parse("{a: b}"), { a: "b" });
});

Deno.test("parseYamlDocuments() does not mind a fault in the second document", () => {
  assert.deepEqual(parse("a: 1\n---\nb: [\n"), { a: 1 });
});

Deno.test("parseYamlDocuments() gives nothing for an empty file", () => {
  assert.equal(parse(""), undefined);
  assert.equal(parse("# comment\n"), undefined);
});

Deno.test("parseYamlDocuments() gives every document", () => {
  const bytes = new TextEncoder().encode("a: 1\n---\n---\nb: 2\n");
  assert.deepEqual([...parseYamlDocuments(bytes)], [{ a: 1 }, null, { b: 2 }]);
});

Deno.test("parseYamlDocuments() reads UTF-8 and UTF-16 with byte order marks", () => {
  assert.deepEqual(parse("\ufeffa: ü\n"), { a: "ü" });
  assert.deepEqual(parse(utf16("a: ü\n", true)), { a: "ü" });
  assert.deepEqual(parse(utf16("a: ü\n", false)), { a: "ü" });
});

Deno.test("parseYamlDocuments() refuses bytes that are not text", () => {
  assert.throws(() => parse(new Uint8Array([0x61, 0x3a, 0x20, 0xff])), {
    name: "SyntaxError",
    message: "The text is not UTF-8",
  });
});

Deno.test("parseYamlDocuments() says where the fault is and not what is there", () => {
  const text = 'a:\n  token: "secret\n  b: [\n';
  assert.throws(() => parse(text), (error) => {
    assert.ok(error instanceof SyntaxError);
    assert.match(error.message, /^The text is not YAML at line 4, column 1 \(/);
    assert.doesNotMatch(error.message, /secret/);
    assert.equal(error.cause, undefined);
    return true;
  });
});

Deno.test("parseYamlDocuments() stops an alias bomb", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let level = 1; level < 9; level++) {
    const aliases = Array(9).fill(`*a${level - 1}`).join(", ");
    lines.push(`a${level}: &a${level} [${aliases}]`);
  }
  assert.throws(() => parse(lines.join("\n")), SyntaxError);
});

Deno.test("parseYamlDocuments() stops an anchor that holds itself", () => {
  assert.throws(() => parse("a: &a [*a]\n"), SyntaxError);
});

Deno.test("parseYamlDocuments() takes an anchor that is used a thousand times", () => {
  const uses = Array(1000).fill("*ca").join(", ");
  const value = parse(`a: &ca authority\nb: [${uses}]\n`);
  assert.deepEqual(value, { a: "authority", b: Array(1000).fill("authority") });
});

Deno.test("parseYamlDocuments() keeps a key named __proto__ a key", () => {
  const value = parse("__proto__: {a: 1}\n");
  assert.ok(Object.hasOwn(Object(value), "__proto__"));
  assert.equal(Object.getPrototypeOf(value), Object.prototype);
});
