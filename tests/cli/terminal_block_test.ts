import { strict as assert } from "node:assert";
import { TerminalBlock } from "../../src/cli/terminal_block.ts";
import { FakeOutput } from "./fake_io.ts";

const size = { columns: 20, rows: 5 };

function blockOn(output: FakeOutput, color = false): TerminalBlock {
  return new TerminalBlock(output, { color });
}

/** Takes what was written since the last call. */
function take(output: FakeOutput): string {
  const { text } = output;
  output.text = "";
  return text;
}

Deno.test("TerminalBlock writes its lines again in place", () => {
  const output = new FakeOutput(true);
  const block = blockOn(output);
  block.draw([{ text: "one" }, { text: "two" }], size);
  assert.equal(take(output), "one\ntwo\n");
  block.draw([{ text: "three" }], size);
  assert.equal(take(output), "\r\x1b[2A\x1b[Jthree\n");
  block.draw([], size);
  assert.equal(take(output), "\r\x1b[1A\x1b[J");
  block.draw([], size);
  assert.equal(take(output), "");
});

Deno.test("TerminalBlock prints above its lines", () => {
  const output = new FakeOutput(true);
  const block = blockOn(output);
  block.draw([{ text: "bar" }], size);
  take(output);
  block.print("news", size);
  assert.equal(take(output), "\r\x1b[1A\x1b[Jnews\nbar\n");
});

Deno.test("TerminalBlock cuts lines that would wrap", () => {
  const output = new FakeOutput(true);
  blockOn(output).draw([{ text: "x".repeat(30) }], size);
  assert.equal(take(output), `${"x".repeat(19)}\n`);
});

Deno.test("TerminalBlock erases the rows that a narrower terminal makes", () => {
  const output = new FakeOutput(true);
  const block = blockOn(output);
  block.draw([{ text: "x".repeat(19) }, { text: "y" }], size);
  take(output);
  // 19 characters take 2 rows of 10, the other line 1.
  block.draw([{ text: "z" }], { columns: 10, rows: 5 });
  assert.equal(take(output), "\r\x1b[3A\x1b[Jz\n");
});

Deno.test("TerminalBlock never has more lines than the terminal", () => {
  const output = new FakeOutput(true);
  const lines = ["a", "b", "c", "d", "e", "f"].map((text) => ({ text }));
  blockOn(output).draw(lines, size);
  assert.equal(take(output), "a\nb\nc\n... and 3 more\n");
});

Deno.test("TerminalBlock colours only when it may", () => {
  const line = { text: "[==> ]", highlight: { from: 1, to: 3 } };
  const plain = new FakeOutput(true);
  blockOn(plain).draw([line], size);
  assert.equal(take(plain), "[==> ]\n");
  const colored = new FakeOutput(true);
  blockOn(colored, true).draw([line], size);
  assert.equal(take(colored), "[\x1b[36m==\x1b[39m> ]\n");
});
