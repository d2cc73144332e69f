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
import { scopeOf } from "./upload_fixture.ts";

const SESSION = "/v2/a/blobs/uploads/1";
const LOST = { request: `GET ${SESSION}`, status: 404 };
const GONE = { result: undefined, outcomes: [{ kind: "lost" }] };

async function resume(
  script: readonly ScriptedExchange[],
  resume: ResumeOptions["resume"],
) {
  const outcomes: ResumeOutcome[] = [];
  const { promise, resolve } = Promise.withResolvers<number | undefined>();
  await withScript(script, async (transport) => {
    const upload = await resumeUpload(scopeOf(transport), {
      ...resume && { resume },
      onResume: (outcome) => outcomes.push(outcome),
    });
    resolve(upload?.offset);
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

Deno.test("resumeUpload() tells that the session is lost", async () => {
  assert.deepEqual(
    await resume([LOST], { location: SESSION, offset: 4 }),
    GONE,
  );
});
