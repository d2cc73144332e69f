import { strict as assert } from "node:assert";
import { ApiError } from "../../src/server/api_error.ts";
import { BodyInterruptedError } from "../../src/server/body_reader.ts";
import { DigestPool } from "../../src/server/digest_pool.ts";
import { DiskBudget } from "../../src/server/disk_budget.ts";
import { TransferLoad } from "../../src/server/transfer_load.ts";
import { UploadSession } from "../../src/server/upload_session.ts";
import { bytesOf, withDirectory } from "./registry_fixture.ts";

const HELLO =
  "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
/** Of so many zeros. */
const SIX_MEBIBYTES =
  "sha256:b69dae56a14d1a8314ed40664c4033ea0a550eea2673e04df42a66ac6b9faf2c";
const { signal } = new AbortController();

/** What a session is tested with. */
interface Surroundings {
  readonly budget: DiskBudget;
  readonly digests: DigestPool;
}

async function withSession(
  action: (session: UploadSession, others: Surroundings) => Promise<void>,
  { content = "", maxSize = 10 } = {},
): Promise<void> {
  await withDirectory(async (directory) => {
    await Deno.writeTextFile(`${directory}/data`, content);
    const budget = new DiskBudget({ maxSize });
    budget.count(content.length);
    const load = new TransferLoad();
    const place = { id: "id", repository: "a", directory };
    const digests = new DigestPool();
    const surroundings = { budget, load, digests, idleTimeout: 60_000 };
    const session = new UploadSession(place, surroundings, content.length);
    try {
      await action(session, surroundings);
      assert.equal(load.running, 0);
    } finally {
      digests.close();
    }
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
  await withSession(async (session, { budget }) => {
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
  }, { content: "he" });
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

Deno.test("UploadSession takes no file for its bytes that has more of them", async () => {
  await withSession(async (session) => {
    await session.append(bodyOf("hello"), { signal });
    await Deno.writeTextFile(session.path, "!", { append: true });
    assert.notEqual(await session.digest("sha256"), HELLO);
  });
});

Deno.test("UploadSession digests what is large in a thread", async () => {
  const size = 6 * 1024 * 1024;
  const zeros = new Uint8Array(size / 6);
  const zerosOf = (count: number) =>
    ReadableStream.from(Array.from({ length: count }, () => zeros.slice()));
  await withSession(async (session, { digests }) => {
    await session.append(zerosOf(3), { signal });
    assert.equal(digests.threads, 0);
    await session.append(zerosOf(4), { signal });
    assert.equal(digests.threads, 1);
    await session.truncate(size);
    assert.equal(await session.digest("sha256"), SIX_MEBIBYTES);
    await session.append(zerosOf(0), { signal, algorithm: "sha512" });
    assert.match(await session.digest("sha512"), /^sha512:733286f81727/);
    assert.equal(await session.digest("sha256"), SIX_MEBIBYTES);
    assert.equal(digests.threads, 1);
    await session.close();
    assert.equal(session.closed, true);
  }, { maxSize: 2 * size });
});

Deno.test("UploadSession keeps what came before a failure", async () => {
  await withSession(async (session, { budget }) => {
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
  await withSession(async (session, { budget }) => {
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
