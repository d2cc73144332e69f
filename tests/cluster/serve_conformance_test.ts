/** The suite of the distribution spec finds nothing wrong with the server. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import { runCommand } from "./support/command.ts";
import { Scratch } from "./support/scratch.ts";
import {
  assertSound,
  ServeProcess,
  withServe,
} from "./support/serve_process.ts";

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

for (const version of ["1.1", "dev"]) {
  Deno.test(`serve passes the conformance suite, version ${version}`, async () => {
    const folder = await scratch.folder(version);
    const server = new ServeProcess(join(folder, "data"));
    await withServe(server, async () => {
      const { code, stdout } = await runCommand(["conformance"], {
        env: {
          OCI_REGISTRY: server.address,
          OCI_TLS: "disabled",
          OCI_VERSION: version,
          // An image has to be whole here, which the spec allows.
          OCI_DATA_SPARSE: "false",
          OCI_RESULTS_DIR: join(folder, "results"),
        },
      });
      const [, tally = stdout] = stdout.split("OCI Conformance Result: ");
      assert.equal(code, 0, tally);
      assert.match(tally, /^Pass\n/);
      const count = (outcome: string) =>
        Number(new RegExp(`${outcome}\\.+: +([0-9]+)\n`).exec(tally)?.[1]);
      assert.deepEqual(
        ["Skip", "FAIL", "Error"].map(count),
        [0, 0, 0],
        tally,
      );
      assert.ok(count("Pass") > 800, tally);
      assert.doesNotMatch(tally, /: +Skip\n/);
    });
    await assertSound(server);
  });
}
