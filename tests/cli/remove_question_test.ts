import { strict as assert } from "node:assert";
import { Questions } from "../../src/cli/remove_question.ts";
import { FakeIo } from "./fake_io.ts";

function terminal(answers: string): FakeIo {
  return new FakeIo({
    isTerminal: true,
    stdinIsTerminal: true,
    stdin: new TextEncoder().encode(answers),
  });
}

Deno.test("Questions.confirm() takes a line for each answer", async () => {
  const io = terminal("y\nYES\r\nno\n\ny");
  using questions = new Questions(io);
  const answers: boolean[] = [];
  for (let count = 0; count < 6; count++) {
    answers.push(await questions.confirm("Delete?"));
  }
  assert.deepEqual(answers, [true, true, false, false, true, false]);
  assert.ok(io.stderr.text.startsWith("Delete? [y/N] "));
});

Deno.test("Questions.canAsk wants a terminal on both sides", () => {
  assert.equal(new Questions(terminal("")).canAsk, true);
  assert.equal(new Questions(new FakeIo()).canAsk, false);
  assert.equal(new Questions(new FakeIo({ isTerminal: true })).canAsk, false);
});

Deno.test("Questions.confirm() ends when the user interrupts it", async () => {
  const io = terminal("y\n");
  using questions = new Questions(io);
  io.interrupt();
  await assert.rejects(questions.confirm("Delete?"), { name: "AbortError" });
});

Deno.test("Questions leaves standard input alone before there is a question", () => {
  const io = terminal("y\n");
  new Questions(io)[Symbol.dispose]();
  assert.equal(io.stdin.locked, false);
});
