import { strict as assert } from "node:assert";
import { formatRecord } from "../../src/server/server_record.ts";

const TIME = "2026-01-02T03:04:05.678Z";

Deno.test("formatRecord() writes one line for a request", () => {
  const record = {
    kind: "request",
    time: TIME,
    method: "PUT",
    path: "/v2/a/blobs/uploads/1?digest=x",
    route: "upload",
    status: 400,
    code: "DIGEST_INVALID",
    error: "Two\nlines",
    seconds: 1.23456,
    bytesReceived: 10,
    bytesSent: 20,
    client: "10.0.0.1:5",
    userAgent: "crane",
  } as const;
  assert.equal(
    formatRecord(record),
    `${TIME} 10.0.0.1:5 PUT /v2/a/blobs/uploads/1?digest=x 400 1.235s ` +
      'in=10 out=20 DIGEST_INVALID "Two\\nlines"',
  );
});

Deno.test("formatRecord() writes what the server did by itself", () => {
  const report = {
    manifests: 1,
    links: 2,
    blobs: 3,
    uploads: 4,
    bytes: 5,
    seconds: 6,
  };
  assert.equal(
    formatRecord({ kind: "collection", time: TIME, report }),
    `${TIME} collected 3 blobs, 1 manifests, 4 uploads: 5 bytes freed`,
  );
  assert.equal(
    formatRecord({ kind: "failure", time: TIME, error: "Cannot do it" }),
    `${TIME} Cannot do it`,
  );
});
