import { strict as assert } from "node:assert";
import { ApiError } from "../../src/server/api_error.ts";

Deno.test("ApiError writes the body that the spec asks for", () => {
  const error = new ApiError(404, "BLOB_UNKNOWN", "Cannot find it", {
    detail: { digest: "sha256:x" },
  });
  assert.equal(
    error.toJson(),
    '{"errors":[{"code":"BLOB_UNKNOWN","message":"Cannot find it","detail":{"digest":"sha256:x"}}]}',
  );
});
