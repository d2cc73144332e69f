import { strict as assert } from "node:assert";
import {
  discard,
  readBody,
  readTextUpTo,
  sliceStream,
} from "../../src/http/body.ts";

/** A body of pieces that tells whether it was given up. */
function watchedBody(pieces: readonly string[]) {
  const seen = { cancelled: false, read: 0 };
  const rest = pieces.map((piece) => new TextEncoder().encode(piece));
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      const piece = rest.shift();
      if (piece === undefined) return controller.close();
      seen.read += 1;
      controller.enqueue(piece);
    },
    cancel() {
      seen.cancelled = true;
    },
  }, { highWaterMark: 0 });
  return { response: new Response(body), seen };
}

Deno.test("readBody() joins the pieces of a body", async () => {
  const { response } = watchedBody(["ab", "", "cde"]);
  const bytes = await readBody(response, 5);
  assert.equal(new TextDecoder().decode(bytes), "abcde");
});

Deno.test("readBody() reads an answer without a body as nothing", async () => {
  const response = new Response(null, { status: 204 });
  assert.equal((await readBody(response, 10)).length, 0);
});

Deno.test("readBody() fails beyond the cap and gives the body up", async () => {
  const { response, seen } = watchedBody(["abc", "def", "ghi"]);
  await assert.rejects(readBody(response, 5), {
    name: "RangeError",
    message: "Cannot read the answer: it has more than 5 bytes",
  });
  assert.deepEqual(seen, { cancelled: true, read: 2 });
});

Deno.test("readTextUpTo() leaves out what comes after the cap", async () => {
  const { response, seen } = watchedBody(["abc", "def", "ghi"]);
  assert.equal(await readTextUpTo(response, 5), "abcde");
  assert.equal(seen.cancelled, true);
});

Deno.test("discard() reads a short body to its end", async () => {
  const { response, seen } = watchedBody(["abc", "def"]);
  await discard(response);
  assert.deepEqual(seen, { cancelled: false, read: 2 });
});

Deno.test("discard() gives a long body up", async () => {
  const { response, seen } = watchedBody(Array(100).fill("x".repeat(4096)));
  await discard(response);
  assert.deepEqual(seen, { cancelled: true, read: 17 });
});

Deno.test("discard() does not mind a body that breaks", async () => {
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull: () => Promise.reject(new Error("broken")),
  });
  await discard(new Response(body));
});

Deno.test("sliceStream() hands out slices of at most 256 KiB", async () => {
  const taken: number[] = [];
  const stream = sliceStream(
    [new Uint8Array(600_000), new Uint8Array(0), new Uint8Array(5)],
    { onSlice: (bytes) => taken.push(bytes) },
  );
  const sizes: number[] = [];
  for await (const slice of stream) sizes.push(slice.length);
  assert.deepEqual(sizes, [262_144, 262_144, 75_712, 5]);
  assert.deepEqual(taken, sizes);
});

Deno.test("sliceStream() makes a slice only when it is asked for one", async () => {
  const taken: number[] = [];
  const stream = sliceStream([new Uint8Array(1_000_000)], {
    onSlice: (bytes) => taken.push(bytes),
  });
  const reader = stream.getReader();
  assert.deepEqual(taken, []);
  await reader.read();
  assert.deepEqual(taken, [262_144]);
  await reader.cancel();
});

Deno.test("sliceStream() ends its source when it is given up", async () => {
  let ended = false;
  async function* pieces() {
    try {
      for (;;) yield await Promise.resolve(new Uint8Array(1));
    } finally {
      ended = true;
    }
  }
  const reader = sliceStream(pieces()).getReader();
  await reader.read();
  await reader.cancel();
  assert.equal(ended, true);
});
