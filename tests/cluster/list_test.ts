import { strict as assert } from "node:assert";
import { join } from "node:path";
import { buildImage, buildIndex } from "../support/images.ts";
import { writeLayout } from "../support/layouts.ts";
import { withNamespace } from "./support/cluster.ts";
import { type ProgramResult, runProgram } from "./support/program.ts";
import { assertDone, assertFailed, push } from "./support/pushes.ts";
import { crane, listTags } from "./support/readers.ts";
import {
  type Registry,
  REGISTRY_KINDS,
  type RegistryKind,
  startRegistry,
} from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";

const scratch = new Scratch();

const AMD64 = buildImage();
const ARM64 = buildImage({ platform: { os: "linux", architecture: "arm64" } });
const INDEX = buildIndex([AMD64, ARM64]);
const SBOM = buildImage({
  layers: [{ "sbom.json": "{}" }],
  subject: AMD64.descriptor,
  artifactType: "application/x-sbom",
});
const { digest } = AMD64.descriptor;

const layout = once(async () => {
  const folder = join(await scratch.folder("list"), "layout");
  await writeLayout(folder, [
    { content: AMD64, name: "cool/app:1.9" },
    { content: AMD64, name: "cool/app:latest" },
    { content: INDEX, name: "cool/app:1.10" },
    { content: SBOM, name: "cool/app:sbom" },
  ]);
  return folder;
});

Deno.test.afterAll(() => scratch.remove());

/** Starts a registry that holds the images. */
async function withImages(
  kind: RegistryKind,
  env: Readonly<Record<string, string>>,
  body: (registry: Registry) => Promise<void>,
): Promise<void> {
  const source = await layout();
  await withNamespace("list", async (namespace) => {
    const registry = await startRegistry(namespace, kind, { env });
    assertDone(await push(registry, [source]));
    await body(registry);
  });
}

function run(
  { target, namespace }: Registry,
  command: string,
  ...args: string[]
): Promise<ProgramResult> {
  return runProgram([command, "-r", target, "-n", namespace, ...args]);
}

async function assertListed(registry: Registry): Promise<void> {
  const repositories = await run(registry, "ls");
  assertDone(repositories);
  assert.equal(repositories.stdout, "cool/app\n");
  const tags = await run(registry, "ls", "cool/app", "-o", "json");
  assertDone(tags);
  const listed: {
    tag: string;
    digest: string;
    platforms: string[];
    about?: unknown;
  }[] = JSON.parse(tags.stdout).tags;
  const facts = Object.fromEntries(
    listed.map((tag) => [tag.tag, [tag.digest, tag.platforms]]),
  );
  assert.deepEqual(facts["1.9"], [digest, ["linux/amd64"]]);
  assert.deepEqual(facts["1.10"], [
    INDEX.descriptor.digest,
    ["linux/amd64", "linux/arm64"],
  ]);
  // Where a registry has no list of referrers, the SBOM is in one under a tag.
  for (const { about, platforms } of listed.slice(4)) {
    assert.deepEqual(about, { subject: digest, kind: "referrers" });
    assert.deepEqual(platforms, []);
  }
  const images = await run(
    registry,
    ...["ls", "cool/app", "--names", "--exclude-digest-tags"] as const,
  );
  assert.equal(images.stdout, "1.9\n1.10\nlatest\nsbom\n");
  const names = await run(registry, "ls", "cool/app", "--names");
  const theirs = await listTags(registry, "cool/app");
  assert.deepEqual(
    names.stdout.trimEnd().split("\n").toSorted(),
    theirs.toSorted(),
  );
}

async function assertInspected(registry: Registry): Promise<void> {
  const name = "cool/app:1.10";
  const raw = await run(registry, "inspect", name, "--raw");
  assertDone(raw);
  const manifest = await crane("manifest", `${registry.address}/${name}`);
  assert.equal(raw.stdout, manifest);
  const text = await run(registry, "inspect", name);
  assertDone(text);
  assert.match(text.stdout, /^Config of linux\/arm64:$/m);
  assert.match(text.stdout, /^ {2}sha256:.* application\/x-sbom {2}of /m);
}

async function assertTagged(registry: Registry): Promise<void> {
  const result = await run(registry, "tag", "cool/app:1.9", "1");
  assertDone(result);
  assert.equal(result.stdout, `cool/app:1@${digest}\n`);
  const name = `${registry.address}/cool/app:1`;
  assert.equal((await crane("digest", name)).trim(), digest);
}

for (const kind of REGISTRY_KINDS) {
  Deno.test(`ls, inspect and tag work with ${kind}`, async () => {
    await withImages(kind, {}, async (registry) => {
      await assertListed(registry);
      await assertInspected(registry);
      await assertTagged(registry);
    });
  });
}

/** Distribution deletes only when it is told that it may. */
const MAY_DELETE = { REGISTRY_STORAGE_DELETE_ENABLED: "true" };

for (const kind of ["distribution-3", "crane"] as const) {
  Deno.test(`rm takes away a tag alone in ${kind}, and all tags with a digest`, async () => {
    await withImages(kind, MAY_DELETE, async (registry) => {
      const tag = await run(registry, "rm", "cool/app:1.9");
      assertDone(tag);
      assert.equal(tag.stdout, `cool/app:1.9@${digest} untagged\n`);
      assert.ok((await listTags(registry, "cool/app")).includes("latest"));
      const name = `cool/app@${digest}`;
      assertFailed(
        await run(registry, "rm", name),
        1,
        /with it go the tags latest; the images 1\.10 lose a platform\n/,
      );
      const whole = await run(registry, "rm", name, "--yes");
      assertDone(whole);
      const left = await listTags(registry, "cool/app");
      assert.ok(!left.includes("latest") && left.includes("1.10"));
    });
  });
}

Deno.test("rm says that distribution 2 deletes only whole manifests", async () => {
  await withImages("distribution-2", MAY_DELETE, async (registry) => {
    assertFailed(
      await run(registry, "rm", "cool/app:1.9"),
      1,
      /cannot delete a tag alone, only the manifest sha256:/,
      /with it go the tags latest/,
    );
    const result = await run(registry, "rm", "cool/app:1.9", "--yes");
    assertDone(result);
    assert.match(result.stdout, /^cool\/app:latest@sha256:\w+ untagged$/m);
    const left = await listTags(registry, "cool/app");
    assert.ok(!left.includes("latest") && !left.includes("1.9"));
  });
});

Deno.test("rm names the setting of a registry that deletes nothing", async () => {
  for (const kind of ["distribution-3", "distribution-2"] as const) {
    await withImages(kind, {}, async (registry) => {
      assertFailed(
        await run(registry, "rm", "--yes", `cool/app@${digest}`),
        1,
        /deletes nothing \(405\)\nTurn it on in the registry .*REGISTRY_STORAGE_DELETE_ENABLED=true/,
      );
    });
  }
});
