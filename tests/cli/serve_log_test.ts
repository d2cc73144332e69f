import { strict as assert } from "node:assert";
import { ServeLog } from "../../src/cli/serve_log.ts";
import type { ServerRecord } from "../../src/server/server_record.ts";
import { FakeOutput } from "./fake_io.ts";

const REQUEST: ServerRecord = {
  kind: "request",
  time: "2026-01-02T03:04:05.006Z",
  method: "GET",
  path: "/v2/",
  route: "base",
  status: 200,
  seconds: 0.0012,
  bytesReceived: 0,
  bytesSent: 2,
  client: "127.0.0.1:1234",
  userAgent: "curl/8",
};

Deno.test("ServeLog writes a line for people", () => {
  const output = new FakeOutput(false);
  const log = new ServeLog(output, "text");
  log.record(REQUEST);
  log.notice({ kind: "warning", message: "Beware" });
  const [request, warning, end] = output.text.split("\n");
  assert.equal(
    request,
    "2026-01-02T03:04:05.006Z 127.0.0.1:1234 GET /v2/ 200 0.001s in=0 out=2",
  );
  assert.match(warning ?? "", /^[-0-9]{10}T[0-9:.]{12}Z Warning: Beware$/);
  assert.equal(end, "");
});

Deno.test("ServeLog writes a JSON document in a line", () => {
  const output = new FakeOutput(false);
  const log = new ServeLog(output, "json");
  log.record(REQUEST);
  log.notice({ kind: "start", message: "Serving", url: "http://a:1" });
  const [request = "", notice = ""] = output.text.split("\n");
  assert.deepEqual(JSON.parse(request), REQUEST);
  const { time, ...rest } = JSON.parse(notice);
  assert.deepEqual(rest, {
    kind: "start",
    message: "Serving",
    url: "http://a:1",
  });
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 60_000);
});

Deno.test("ServeLog keeps no lines that nobody reads", () => {
  const output = new FakeOutput(false);
  const log = new ServeLog(output, "text");
  output.pending = 1000;
  log.record(REQUEST);
  log.record(REQUEST);
  assert.equal(output.text, "");
  output.pending = 999;
  log.record(REQUEST);
  log.record(REQUEST);
  const lines = output.text.split("\n");
  assert.match(lines[0] ?? "", /Warning: 2 lines are missing: nobody read/);
  assert.equal(lines.length, 4);
});
