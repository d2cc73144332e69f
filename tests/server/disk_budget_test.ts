import { strict as assert } from "node:assert";
import { ApiError } from "../../src/server/api_error.ts";
import { asStorageError, DiskBudget } from "../../src/server/disk_budget.ts";

Deno.test("DiskBudget refuses what is too much, and counts only the rest", () => {
  const budget = new DiskBudget({ maxSize: 100 });
  budget.count(40);
  budget.take(60);
  assert.throws(
    () => budget.take(1),
    (error) =>
      error instanceof ApiError && error.status === 507 &&
      error.code === "STORAGE_FULL" &&
      error.message ===
        "Cannot store more in this registry: it holds 100 bytes of at most 100",
  );
  assert.equal(budget.used, 100);
  budget.giveBack(30);
  budget.take(30);
});

Deno.test("asStorageError() tells a full disk from other errors", () => {
  const full = Object.assign(new Error("No space left"), { code: "ENOSPC" });
  const answer = asStorageError(full);
  assert.ok(answer instanceof ApiError);
  assert.equal(answer.status, 507);
  assert.equal(answer.cause, full);
  const quota = new Error("Disk quota exceeded (os error 122)");
  assert.ok(asStorageError(quota) instanceof ApiError);
  const other = Object.assign(new Error("Broken"), { code: "EIO" });
  assert.equal(asStorageError(other), other);
  assert.equal(asStorageError("text"), "text");
});
