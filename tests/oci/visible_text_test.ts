import { strict as assert } from "node:assert";
import { quote, visible, visibleLines } from "../../src/oci/visible_text.ts";

Deno.test("visible() shows what steers terminals, and ends of lines", () => {
  assert.equal(
    visible("a\x1b[2Jb\r\nc\x9b"),
    "a\\u001b[2Jb\\u000d\\u000ac\\u009b",
  );
  assert.equal(visible("gnp\u202e\u2028"), "gnp\\u202e\\u2028");
});

Deno.test("visible() leaves all other text alone", () => {
  const text = 'Grüße "x" 漢字 🐳 \\u001b';
  assert.equal(visible(text), text);
});

Deno.test("visibleLines() keeps the lines", () => {
  assert.equal(visibleLines("a\x1b\nb\r\n"), "a\\u001b\nb\\u000d\n");
});

Deno.test("quote() puts a name in quotes", () => {
  assert.equal(quote("a\x07"), '"a\\u0007"');
});
