import { strict as assert } from "node:assert";
import { checkStorage } from "../../src/cluster/check_storage.ts";

Deno.test("checkStorage() does not know what no registry tells", () => {
  const text = "not known: the registry does not tell";
  assert.deepEqual(checkStorage(undefined), { status: "skipped", text });
});

Deno.test("checkStorage() tells what is used without a limit", () => {
  const { status, text } = checkStorage({ bytes: 1_234_567 });
  assert.equal(status, "ok");
  assert.match(text, /^1\.2 MB used, no limit is set/);
});

Deno.test("checkStorage() tells what the disk has left, and warns of little", () => {
  const of = (free: number) => checkStorage({ bytes: 900_000_000, free });
  assert.equal(of(100_000_000).status, "ok");
  assert.equal(of(100_000_000).text, "900 MB used, 100 MB left");
  assert.equal(of(90_000_000).status, "warning");
});

Deno.test("checkStorage() warns when little is left below the limit", () => {
  const of = (bytes: number) => checkStorage({ bytes, limit: 1_000_000_000 });
  const roomy = of(900_000_000);
  assert.equal(roomy.status, "ok");
  assert.equal(roomy.text, "900 MB used, 100 MB left");
  const tight = of(900_000_001);
  assert.equal(tight.status, "warning");
  assert.match(tight.advice ?? "", /more room/);
  assert.deepEqual(of(2_000_000_000).facts, { used: 2_000_000_000, left: 0 });
});
