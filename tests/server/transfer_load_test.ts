import { strict as assert } from "node:assert";
import { TransferLoad } from "../../src/server/transfer_load.ts";

Deno.test("TransferLoad gives less memory to each of many transfers", () => {
  const load = new TransferLoad();
  assert.equal(load.blockSize, 524_288);
  const begin = (length: number) => Array.from({ length }, () => load.begin());
  const transfers = begin(16);
  assert.equal(load.running, 16);
  assert.equal(load.blockSize, 65_536);
  transfers.push(...begin(112));
  assert.equal(load.blockSize, 8_192);
  for (const transfer of transfers) {
    transfer[Symbol.dispose]();
    transfer[Symbol.dispose]();
  }
  assert.equal(load.running, 0);
  assert.equal(load.blockSize, 524_288);
});
