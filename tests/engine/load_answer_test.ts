import { strict as assert } from "node:assert";
import { readLoadAnswer } from "../../src/engine/load_answer.ts";

function read(...pieces: string[]) {
  const encoder = new TextEncoder();
  return readLoadAnswer(
    ReadableStream.from(pieces.map((piece) => encoder.encode(piece))),
  );
}

Deno.test("readLoadAnswer() reads Docker's messages, however they are cut", async () => {
  const text = '{"stream":"Loaded image: cool/image:1.2\\n"}\r\n' +
    '{"stream":"Loaded image ID: sha256:abc\\n"}\r\n';
  const expected = { names: ["cool/image:1.2"], ids: ["sha256:abc"] };
  assert.deepEqual(await read(text), expected);
  assert.deepEqual(await read(text.slice(0, 20), text.slice(20)), expected);
});

Deno.test("readLoadAnswer() reads Podman's one message", async () => {
  const answer = await read(
    '{"stream":"Loaded image: localhost/a:1,localhost/b:2"}',
  );
  assert.deepEqual(answer.names, ["localhost/a:1", "localhost/b:2"]);
});

Deno.test("readLoadAnswer() finds a failure that comes with status 200", async () => {
  const failed = await read(
    '{"errorDetail":{"message":"no space left"},"error":"no space left"}\r\n',
  );
  assert.equal(failed.failure, "no space left");
  const unpacked = await read(
    '{"stream":"Loaded image: a:1\\n"}\n{"stream":"Error unpacking image a:1: bad layer\\n"}\n',
  );
  assert.equal(unpacked.failure, "Error unpacking image a:1: bad layer");
});

Deno.test("readLoadAnswer() refuses what is no message", async () => {
  await assert.rejects(read("<html>"), { name: "SyntaxError" });
  await assert.rejects(read("17"), { name: "SyntaxError" });
  await assert.rejects(read("x".repeat(300_000)), {
    name: "SyntaxError",
    message: "A message has more than 262144 characters",
  });
});
