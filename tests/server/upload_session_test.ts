import { strict as assert } from "node:assert";
import { ApiError } from "../../src/server/api_error.ts";
import { BodyInterruptedError } from "../../src/server/body_reader.ts";
import { DiskBudget } from "../../src/server/disk_budget.ts";
import { TransferLoad } from "../../src/server/transfer_load.ts";
import { UploadSession } from "../../src/server/upload_session.ts";
import { bytesOf, withDirectory } from "./registry_fixture.ts";

const HELLO =
  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
const { signal } = new AbortController();

async function withSession(
  action: (session: UploadSession, budget: DiskBudget) => Promise<void>,
  content = "",
): Promise<void> {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/data`, content);
    const budget = new DiskBudget({ maxSize: 10 });
    budget.count(content.length);
    const load = new TransferLoad();
    const place = { id: "id", repository: "a", directory };
    const surroundings = { budget, load, idleTimeout: 60_000 };
    const session = new UploadSession(place, surroundings, content.length);
    await action(session, budget);
    assert.equal(load.running, 0);
  });
}

function bodyOf(...chunks: string[]): ReadableStream<Uint8Array> {
  return ReadableStream.from(chunks.map(bytesOf));
}

/** A body whose connection breaks after some text. */
function brokenBody(text: string): ReadableStream<Uint8Array> {
  const chunks = [bytesOf(text)];
  return new ReadableStream({
    pull(controller) {
      const chunk = chunks.pop();
      if (chunk === undefined) controller.error(new Error("Reset"));
      else controller.enqueue(chunk);
    },
  });
}

Deno.test("UploadSession appends and digests", async () => {
  await withSession(async (session, budget) => {
    assert.equal(await session.append(bodyOf("he"), { signal }), 2);
    assert.equal(await session.append(bodyOf("l", "lo"), { signal }), 3);
    assert.equal(session.offset, 5);
    assert.equal(budget.used, 5);
    assert.equal(await session.digest("sha256"), HELLO);
  });
});

Deno.test("UploadSession reads the file again where it has to", async () => {
  // After a restart the first bytes were digested by another process.
  await withSession(async (session) => {
    await session.append(bodyOf("llo"), { signal });
    assert.equal(await session.digest("sha256"), HELLO);
  }, "he");
  await withSession(async (session) => {
    await session.append(bodyOf("hello"), { signal });
    assert.match(await session.digest("sha512"), /^sha512:9b71d224bd62/);
    assert.equal(await session.digest("sha256"), HELLO);
  });
  await withSession(async (session) => {
    await session.append(bodyOf("hello!!"), { signal });
    await session.truncate(5);
    assert.equal(await session.digest("sha256"), HELLO);
  });
});

Deno.test("UploadSession keeps what came before a failure", async () => {
  await withSession(async (session, budget) => {
    await assert.rejects(
      session.append(brokenBody("hel"), { signal }),
      BodyInterruptedError,
    );
    assert.equal(session.offset, 3);
    assert.equal(budget.used, 3);
    await session.append(bodyOf("lo"), { signal });
    assert.equal(await session.digest("sha256"), HELLO);
  });
});

Deno.test("UploadSession takes back what has no room", async () => {
  await withSession(async (session, budget) => {
    await session.append(bodyOf("hello"), { signal });
    await assert.rejects(
      session.append(bodyOf("123456"), { signal }),
      (error) => error instanceof ApiError && error.status === 507,
    );
    assert.equal(session.offset, 5);
    assert.equal(budget.used, 5);
    assert.equal(await session.digest("sha256"), HELLO);
  });
});

Deno.test("UploadSession lets one action run, the last that came", async () => {
  await withSession(async (session) => {
    const hanging = session.exclusively((signal) =>
      session.append(new ReadableStream(), { signal })
    );
    assert.equal(session.busy, true);
    const next = session.exclusively(async (signal) => {
      await session.append(bodyOf("hello"), { signal });
    });
    await assert.rejects(hanging, BodyInterruptedError);
    await next;
    assert.equal(session.offset, 5);
    assert.equal(session.busy, false);
    await session.interrupt();
  });
});
