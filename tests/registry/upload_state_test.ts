import { strict as assert } from "node:assert";
import {
  type UploadCheckpoint,
  UploadState,
} from "../../src/registry/upload_state.ts";
import { withScript } from "../support/scripted_server.ts";
import { scopeOf, sessionOf } from "./upload_fixture.ts";

const SESSION = "/v2/a/blobs/uploads/1";

Deno.test("UploadState tells progress, as bytes are taken and acknowledged", async () => {
  await withScript([], (transport) => {
    const scope = scopeOf(transport);
    const progress: number[] = [];
    const checkpoints: UploadCheckpoint[] = [];
    const state = new UploadState(scope, sessionOf(scope, SESSION), {
      onProgress: (bytes) => progress.push(bytes),
      onCheckpoint: (checkpoint) => checkpoints.push(checkpoint),
    });
    const { onSlice } = state.stepFrom(4);
    onSlice?.(2);
    onSlice?.(2);
    state.acknowledge(6);
    state.restart(sessionOf(scope, "/v2/a/blobs/uploads/2"));
    assert.deepEqual(progress, [6, 8, 6, 0]);
    assert.deepEqual(checkpoints, [{ location: SESSION, offset: 6 }]);
    assert.equal(state.bytesSent, 4);
    assert.equal(state.acknowledged, 0);
    return Promise.resolve();
  });
});

Deno.test("UploadState.ask() tells a lost session from a silent registry", async () => {
  const request = `GET ${SESSION}`;
  await withScript([
    { request, status: 404 },
    { request, status: 400, text: '{"errors":[{"code":"METHOD_UNKNOWN"}]}' },
    { request, status: 501 },
    { request, status: 403 },
  ], async (transport) => {
    const scope = scopeOf(transport);
    const state = new UploadState(scope, sessionOf(scope, SESSION));
    await assert.rejects(state.ask(), { name: "UploadLostError" });
    assert.deepEqual(await state.ask(), { kind: "absent" });
    assert.deepEqual(await state.ask(), { kind: "absent" });
    await assert.rejects(state.ask(), { name: "RegistryError", status: 403 });
  });
});
