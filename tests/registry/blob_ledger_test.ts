import { strict as assert } from "node:assert";
import { BlobLedger } from "../../src/registry/blob_ledger.ts";
import { FOUR_DIGEST, TEN_DIGEST } from "./upload_fixture.ts";

Deno.test("BlobLedger finds another repository that holds a blob", () => {
  const ledger = new BlobLedger();
  ledger.add(FOUR_DIGEST, "a");
  ledger.add(FOUR_DIGEST, "b");
  assert.equal(ledger.lender(FOUR_DIGEST, "a"), "b");
  assert.equal(ledger.lender(FOUR_DIGEST, "c"), "a");
  assert.equal(ledger.lender(TEN_DIGEST, "a"), undefined);
});

Deno.test("BlobLedger does not have a repository lend to itself", () => {
  const ledger = new BlobLedger();
  ledger.add(FOUR_DIGEST, "a");
  assert.equal(ledger.lender(FOUR_DIGEST, "a"), undefined);
  assert.equal(ledger.has(FOUR_DIGEST, "a"), true);
  assert.equal(ledger.has(FOUR_DIGEST, "b"), false);
});
