import { strict as assert } from "node:assert";
import { parseDigest } from "../../src/oci/digest.ts";
import { RetentionGuard } from "../../src/server/retention_guard.ts";

const DIGEST = parseDigest(`sha256:${"a".repeat(64)}`);

Deno.test("RetentionGuard keeps content until the last hold ends", () => {
  const guard = new RetentionGuard();
  const first = guard.hold(DIGEST);
  const second = guard.hold(DIGEST, DIGEST);
  first[Symbol.dispose]();
  assert.equal(guard.isHeld(DIGEST), true);
  second[Symbol.dispose]();
  assert.equal(guard.isHeld(DIGEST), false);
});

Deno.test("RetentionGuard keeps what was held during a collection", () => {
  const guard = new RetentionGuard();
  const collection = guard.beginCollection();
  guard.hold(DIGEST)[Symbol.dispose]();
  assert.equal(guard.isHeld(DIGEST), true);
  collection[Symbol.dispose]();
  assert.equal(guard.isHeld(DIGEST), false);
});
