import { strict as assert } from "node:assert";
import { TransferLoad } from "../../src/server/transfer_load.ts";

Deno.test("TransferLoad gives less memory to each of many transfers", () => {
  const load = new TransferLoad();
  assert.equal(load.blockSize, 524_288);
  const transfers = Array.from({ length: 16 }, () => load.begin());
  assert.equal(load.running, 16);
  assert.equal(load.blockSize, 65_536);
  for (const transfer of transfers) {
    transfer[Symbol.dispose]();
    transfer[Symbol.dispose]();
  }
  assert.equal(load.running, 0);
  assert.equal(load.blockSize, 524_288);
});
