import { strict as assert } from "node:assert";
import { main } from "../../../src/cli/main.ts";
import { buildImage, buildIndex } from "../../support/images.ts";
import { FakeIo } from "../fake_io.ts";
import { LyingRegistry } from "../lying_registry.ts";
import { withRegistryScene } from "../registry_scene.ts";

const AMD64 = buildImage();
const ARM64 = buildImage({ platform: { os: "linux", architecture: "arm64" } });
const INDEX = buildIndex([AMD64, ARM64]);
const SBOM = buildImage({
  layers: [{ "sbom.json": "{}" }],
  subject: AMD64.descriptor,
  artifactType: "application/x-sbom",
});

Deno.test("inspect shows manifests, config, history and referrers", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("cool/app", INDEX, "1.2");
    await add("cool/app", SBOM);
    const { code, stdout, stderr } = await run(["inspect", "cool/app:1.2"]);
    assert.equal(code, 0, stderr);
    const { digest } = INDEX.descriptor;
    assert.match(
      stdout,
      new RegExp(`^cool/app:1\\.2@${digest}\n[0-9.]+ kB in all\n`),
    );
    assert.match(stdout, new RegExp(`^index +${digest} `, "m"));
    assert.match(
      stdout,
      new RegExp(
        `^  manifest  ${ARM64.descriptor.digest} .* linux/arm64, `,
        "m",
      ),
    );
    assert.match(
      stdout,
      new RegExp(`^    config +${AMD64.configDescriptor.digest} `, "m"),
    );
    assert.match(
      stdout,
      /^Config of linux\/amd64:\n {2}Created {2}2024-01-02/m,
    );
    assert.match(stdout, /^ {2}Cmd {6}\["\/app\/run"\]$/m);
    assert.match(stdout, /^History:\n {2}- {2}\d+ B {2}test$/m);
    assert.match(
      stdout,
      new RegExp(
        `^Referrers:\n  ${SBOM.descriptor.digest} .* application/x-sbom  of ${
          AMD64.descriptor.digest.slice(0, 19)
        }$`,
        "m",
      ),
    );
  });
});

Deno.test("inspect prints the bytes of the manifest", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("app", INDEX, "latest");
    const root = await run(["inspect", "app", "--raw"]);
    assert.equal(root.stdout, new TextDecoder().decode(INDEX.bytes));
    const one = await run([
      "inspect",
      "app",
      "--raw",
      "--platform",
      "linux/arm64",
    ]);
    assert.equal(one.stdout, new TextDecoder().decode(ARM64.bytes));
  });
});

Deno.test("inspect shows one platform alone", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("app", INDEX, "1");
    const args = ["inspect", "app:1", "--platform", "linux/arm64"];
    const { code, stdout } = await run(args);
    assert.equal(code, 0);
    assert.ok(stdout.startsWith(`app@${ARM64.descriptor.digest}\n`));
    assert.doesNotMatch(stdout, /amd64/);
    const json = JSON.parse((await run([...args, "-o", "json"])).stdout);
    assert.equal(json.digest, ARM64.descriptor.digest);
    assert.equal(json.platform, "linux/arm64");
    const other = await run(["inspect", "app:1", "--platform", "linux/s390x"]);
    assert.equal(other.code, 2);
    assert.match(
      other.stderr,
      /^error: Cannot find "linux\/s390x" in "app:1": the image is for linux\/amd64, linux\/arm64$/m,
    );
  });
});

Deno.test("inspect finds the platform of a single image in its config", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("app", ARM64, "1");
    const args = ["inspect", "app:1", "--platform", "linux/arm64"];
    assert.equal((await run(args)).code, 0);
  });
});

Deno.test("inspect looks up by digest and prints one JSON document", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("app", AMD64);
    await add("app", SBOM);
    const { digest } = AMD64.descriptor;
    const { stdout } = await run(["inspect", `app@${digest}`, "-o", "json"]);
    const document = JSON.parse(stdout);
    assert.equal(document.repository, "app");
    assert.equal(document.digest, digest);
    assert.deepEqual(document.config.document.config, { Cmd: ["/app/run"] });
    assert.deepEqual(
      document.layers,
      AMD64.layers.map((layer) => ({ ...layer.descriptor })),
    );
    assert.equal(document.referrers[0].digest, SBOM.descriptor.digest);
  });
});

Deno.test("inspect says what an index lists and the registry lacks", async () => {
  await withRegistryScene(async ({ run, add }) => {
    const { digest } = ARM64.descriptor;
    await add("app", buildIndex([AMD64, ARM64], { without: [digest] }), "1");
    const { code, stdout } = await run(["inspect", "app:1"]);
    assert.equal(code, 0);
    assert.match(
      stdout,
      new RegExp(
        `manifest  ${digest} .* linux/arm64, not in the registry$`,
        "m",
      ),
    );
  });
});

Deno.test("inspect ends with 1 when there is no such image", async () => {
  await withRegistryScene(async ({ run, add }) => {
    await add("app", AMD64, "1");
    const { code, stdout, stderr } = await run(["inspect", "app"]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      'error from the registry: Cannot find the tag "latest" in "app": ' +
        "the registry does not have it\nList what it has: ls app\n",
    );
  });
});

Deno.test("inspect ends when it is interrupted while it waits for a config", async () => {
  const image = buildImage();
  await using registry = await LyingRegistry.start(image);
  const io = new FakeIo({ env: { KUBECONFIG: registry.kubeconfig } });
  registry.lies.set(image.configDescriptor.digest, () => {
    io.interrupt();
    return new Response(new ReadableStream());
  });
  const started = performance.now();
  assert.equal(await main(["inspect", "app:1"], io), 130);
  assert.equal(io.stdout.text, "");
  // A registry that sends nothing is given up after 60 seconds anyway.
  assert.ok(performance.now() - started < 30_000);
});
