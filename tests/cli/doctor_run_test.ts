import { strict as assert } from "node:assert";
import { runDoctor } from "../../src/cli/doctor_run.ts";
import type { DoctorSettings } from "../../src/cli/doctor_settings.ts";
import { DoctorCluster } from "../cluster_parts/doctor_cluster.ts";
import { FakeIo } from "./fake_io.ts";

const SETTINGS: DoctorSettings = {
  registry: "reg:5000",
  connection: {},
  chunkSize: 2 ** 20,
  stallTimeout: 60_000,
  quick: true,
  output: "text",
  verbose: false,
};

Deno.test("runDoctor() writes each line as soon as it is known", async () => {
  await using cluster = await DoctorCluster.start();
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  const before: string[] = [];
  cluster.answers["GET /version"] = () => {
    before.push(io.stdout.text);
    return Response.json({ gitVersion: "v1.34.4" });
  };
  assert.equal(await runDoctor(SETTINGS, io), 0);
  assert.match(before.join(), /^ok {7}kubeconfig .*\nok {7}credentials .*\n$/);
});

Deno.test("runDoctor() shows every exchange when asked", async () => {
  await using cluster = await DoctorCluster.start();
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  await runDoctor({ ...SETTINGS, verbose: true, output: "json" }, io);
  assert.match(io.stderr.text, /^GET \/version 200, /m);
  assert.match(io.stderr.text, /^GET \S+\/proxy\/v2\/ 200, /m);
  assert.equal(JSON.parse(io.stdout.text).exitCode, 0);
});

Deno.test("runDoctor() ends when it is interrupted, and leaves no upload", async () => {
  await using cluster = await DoctorCluster.start();
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  cluster.onChunk = () => io.interrupt();
  await assert.rejects(runDoctor({ ...SETTINGS, quick: false }, io), {
    name: "AbortError",
  });
  assert.match(cluster.requests.at(-1) ?? "", /^DELETE .*\/blobs\/uploads\//);
});
