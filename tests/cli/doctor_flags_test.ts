import { strict as assert } from "node:assert";
import { doctorFlags } from "../../src/cli/doctor_flags.ts";

Deno.test("doctorFlags say what a push would be told, and how to look", () => {
  const names = doctorFlags.map(({ flags }) => flags.map(({ name }) => name));
  assert.deepEqual(names, [
    ["quick", "chunk-size", "stall-timeout"],
    ["output", "verbose"],
  ]);
});
