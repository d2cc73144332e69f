import { strict as assert } from "node:assert";
import { join } from "node:path";
import { systemEngineHost } from "../../src/cli/engine_host.ts";
import { tempDir } from "../support/temp_dir.ts";
import { FakeIo } from "./fake_io.ts";

Deno.test("systemEngineHost() reads files that are there", async () => {
  await using dir = await tempDir();
  const path = join(dir.path, "config.json");
  await Deno.writeTextFile(path, "{}");
  const host = systemEngineHost(new FakeIo());
  assert.deepEqual(await host.readFile(path), new TextEncoder().encode("{}"));
  assert.equal(await host.readFile(join(dir.path, "other.json")), undefined);
  assert.equal(await host.readFile(join(path, "below")), undefined);
  await assert.rejects(host.readFile(dir.path));
});

Deno.test("systemEngineHost() has the program's environment", () => {
  const host = systemEngineHost(
    new FakeIo({ env: { DOCKER_HOST: "unix://" } }),
  );
  assert.equal(host.env("DOCKER_HOST"), "unix://");
  assert.equal(host.env("DOCKER_CONTEXT"), undefined);
});
