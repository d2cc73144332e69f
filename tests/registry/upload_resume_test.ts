import { strict as assert } from "node:assert";
import {
  type ResumeOptions,
  resumeUpload,
} from "../../src/registry/upload_resume.ts";
import type { ResumeOutcome } from "../../src/registry/upload_state.ts";
import {
  type ScriptedExchange,
  withScript,
} from "../support/scripted_server.ts";
import { contentOf, scopeOf, TEN_DIGEST, tenBytes } from "./upload_fixture.ts";

const SESSION = "/v2/a/blobs/uploads/1";
const HEAD = `HEAD /v2/a/blobs/${TEN_DIGEST}`;
const LOST = { request: `GET ${SESSION}`, status: 404 };
/** What the other process wrote before it closed the session. */
const WHOLE = { location: SESSION, offset: 10, digest: TEN_DIGEST };
const GONE = { result: undefined, outcomes: [{ kind: "lost" }] };

async function resume(
  script: readonly ScriptedExchange[],
  resume: ResumeOptions["resume"],
  content = tenBytes(),
) {
  const outcomes: ResumeOutcome[] = [];
  const { promise, resolve } = Promise.withResolvers<unknown>();
  await withScript(script, async (transport) => {
    const upload = await resumeUpload(scopeOf(transport), content, {
      ...resume && { resume },
      onResume: (outcome) => outcomes.push(outcome),
    });
    if (upload === undefined) resolve(undefined);
    else resolve("blob" in upload ? upload.blob : upload.offset);
  });
  return { result: await promise, outcomes };
}

Deno.test("resumeUpload() has nothing to do without a place to go on", async () => {
  const nothing = { result: undefined, outcomes: [] };
  assert.deepEqual(await resume([], undefined), nothing);
  const elsewhere = { location: "/v2/b/blobs/uploads/1", offset: 4 };
  assert.deepEqual(await resume([], elsewhere), nothing);
});

Deno.test("resumeUpload() goes on where the registry is, not where it was", async () => {
  const answer = { range: "0-6" };
  const script = [{ request: `GET ${SESSION}`, status: 204, answer }];
  assert.deepEqual(await resume(script, { location: SESSION, offset: 4 }), {
    result: 7,
    outcomes: [{ kind: "resumed", offset: 7 }],
  });
});

Deno.test("resumeUpload() finds a blob that was finished", async () => {
  const found = { request: HEAD, answer: { "content-length": "10" } };
  // The digest of a layer that is compressed on the way is in the journal only.
  assert.deepEqual(await resume([found], WHOLE, contentOf("abcdefghij")), {
    result: { digest: TEN_DIGEST, size: 10 },
    outcomes: [{ kind: "resumed", offset: 10 }],
  });
});

Deno.test("resumeUpload() goes on when a blob was not finished after all", async () => {
  const script = [
    { request: HEAD, status: 404 },
    { request: `GET ${SESSION}`, status: 204, answer: { range: "0-9" } },
  ];
  assert.deepEqual(await resume(script, WHOLE, contentOf("abcdefghij")), {
    result: 10,
    outcomes: [{ kind: "resumed", offset: 10 }],
  });
});

Deno.test("resumeUpload() takes no blob of another size", async () => {
  const other = { request: HEAD, answer: { "content-length": "9" } };
  const script = [other, LOST, other];
  assert.deepEqual(await resume(script, WHOLE, contentOf("abcdefghij")), GONE);
});

Deno.test("resumeUpload() looks for nothing where no digest was written down", async () => {
  const part = { location: SESSION, offset: 4 };
  assert.deepEqual(await resume([LOST], part, contentOf("abcdefghij")), GONE);
});

Deno.test("resumeUpload() does not look first for what has a digest", async () => {
  const script = [LOST, { request: HEAD, status: 404 }];
  assert.deepEqual(await resume(script, WHOLE), GONE);
});

Deno.test("resumeUpload() finds a blob whose session is closed in that moment", async () => {
  const found = { request: HEAD, answer: { "content-length": "10" } };
  const finished = {
    result: { digest: TEN_DIGEST, size: 10 },
    outcomes: [{ kind: "resumed", offset: 10 }],
  };
  const part = { location: SESSION, offset: 4 };
  assert.deepEqual(await resume([LOST, found], part), finished);
  const script = [{ request: HEAD, status: 404 }, LOST, found];
  const content = contentOf("abcdefghij");
  assert.deepEqual(await resume(script, WHOLE, content), finished);
});
