import { strict as assert } from "node:assert";
import { measureUpload } from "../../src/registry/upload_trial.ts";
import { scopeOf } from "./upload_fixture.ts";

const UPLOADS = "/v2/a/blobs/uploads/";

/** Takes chunks, and writes down what is asked. */
function taker() {
  const asked: string[] = [];
  let received = 0;
  const transport = async (request: Request): Promise<Response> => {
    asked.push(request.method);
    if (request.method === "DELETE") return new Response(null, { status: 204 });
    received += (await request.bytes()).length;
    const headers = {
      location: `${UPLOADS}1`,
      ...received > 0 && { range: `0-${received - 1}` },
    };
    return new Response(null, { status: 202, headers });
  };
  return { asked, transport };
}

Deno.test("measureUpload() tells the rate and gives the upload up", async () => {
  const { asked, transport } = taker();
  let time = 0;
  const rate = await measureUpload(scopeOf(transport, { chunkSize: 1000 }), {
    now: () => (time += 400) - 400,
  });
  assert.equal(rate, 2500);
  assert.deepEqual(asked, ["POST", "PATCH", "PATCH", "PATCH", "DELETE"]);
});

Deno.test("measureUpload() is content with the one chunk that some registries take", async () => {
  const { asked, transport } = taker();
  const refusing = (request: Request) =>
    asked.filter((method) => method === "PATCH").length > 0 &&
      request.method === "PATCH"
      ? Promise.resolve(new Response(null, { status: 416 }))
      : transport(request);
  let time = 0;
  const rate = await measureUpload(scopeOf(refusing, { chunkSize: 1000 }), {
    now: () => (time += 400) - 400,
  });
  assert.equal(rate, 2500);
});

Deno.test("measureUpload() gives the upload up when it ends", async () => {
  const { asked, transport } = taker();
  const refusing = (request: Request) =>
    request.method === "PATCH"
      ? Promise.resolve(new Response(null, { status: 500 }))
      : transport(request);
  await assert.rejects(measureUpload(scopeOf(refusing)), { status: 500 });
  assert.deepEqual(asked, ["POST", "DELETE"]);
});
