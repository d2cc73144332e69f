import { strict as assert } from "node:assert";
import { join } from "node:path";
import { planImage } from "../../src/content/copy_plan.ts";
import { ImageCopier } from "../../src/content/image_copier.ts";
import {
  type ExternalRegistry,
  openExternalRegistry,
} from "../../src/cli/external_registry.ts";
import { LineDisplay } from "../../src/cli/line_display.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { buildImage } from "../support/images.ts";
import { MemorySource } from "../support/memory_store.ts";
import { TokenRegistry } from "../support/token_registry.ts";
import { FakeIo } from "./fake_io.ts";

const SETTINGS = {
  chunkSize: 8_000_000,
  stallTimeout: 60_000,
  output: { output: "text", progress: "none", quiet: false, verbose: true },
} as const;

/** Opens a registry with what `docker login` left behind. */
async function open(
  host: string,
  action: (registry: ExternalRegistry, io: FakeIo) => Promise<void>,
  auth?: string,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const auths = auth === undefined ? {} : { [host]: { auth } };
    await Deno.writeTextFile(
      join(folder, "config.json"),
      JSON.stringify({ auths }),
    );
    const io = new FakeIo({ env: { DOCKER_CONFIG: folder } });
    const display = new LineDisplay(io, { steps: false });
    const settings = { ...SETTINGS };
    using external = await openExternalRegistry(host, {
      io,
      display,
      settings,
    });
    await action(external, io);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

// printf jane:secret | base64
const JANE = "amFuZTpzZWNyZXQ=";

Deno.test("openExternalRegistry() logs in, pushes and reads back", async () => {
  await using server = await TokenRegistry.start();
  const image = buildImage();
  await open(server.host, async ({ registry }) => {
    const repository = registry.repository("cool/app");
    const source = new MemorySource().add(image, "cool/app:1");
    const [listed] = await source.images();
    assert.ok(listed);
    const plan = await planImage(source, listed);
    const copier = new ImageCopier(source, { jobs: 2 });
    await copier.copy(plan, repository, { name: "cool/app:1", tags: ["1"] });
    const manifest = await repository.fetchManifest("1");
    assert.equal(manifest?.descriptor.digest, image.descriptor.digest);
    const blob = await repository.open(image.configDescriptor, {
      offset: 5,
    });
    assert.deepEqual(
      await new Response(blob).bytes(),
      image.config.subarray(5),
    );
  }, JANE);
  const { digest } = image.configDescriptor;
  const start = server.requests.slice(0, 3);
  assert.deepEqual(start, [
    "registry GET /v2/ no",
    "token GET /token Basic",
    "registry GET /v2/ Bearer",
  ]);
  // The login stays with the registry.
  const path = `/v2/cool/app/blobs/${digest}`;
  assert.ok(server.requests.includes(`registry GET ${path} Bearer`));
  assert.ok(server.requests.includes(`store GET ${path} no`));
});

for (const uploads of ["path", "store"] as const) {
  Deno.test(`openExternalRegistry() uploads without the login to another ${uploads}`, async () => {
    await using server = await TokenRegistry.start();
    server.uploads = uploads;
    const bytes = new Uint8Array(9_000_000);
    const digest = digestOf(bytes);
    await open(server.host, async ({ registry }) => {
      const { outcome } = await registry.repository("cool/app").push({
        mediaType: "application/octet-stream",
        digest,
        size: bytes.length,
        open: () => Promise.resolve(new Blob([bytes]).stream()),
      });
      assert.equal(outcome, "uploaded");
    }, JANE);
    const place = uploads === "path" ? "registry" : "store";
    const sent = server.requests.filter((request) =>
      /^\w+ (?:PATCH|PUT) /.test(request)
    );
    // Two chunks, and the end.
    assert.deepEqual(sent, [
      `${place} PATCH /sessions/0 no`,
      `${place} PATCH /sessions/1 no`,
      `${place} PUT /sessions/2 no`,
    ]);
    const found = `registry HEAD /v2/cool/app/blobs/${digest} Bearer`;
    assert.ok(server.requests.includes(found));
  });
}

Deno.test("openExternalRegistry() shows every exchange and no secret", async () => {
  await using server = await TokenRegistry.start();
  await open(server.host, async ({ registry }, io) => {
    const tags = registry.repository("a").tags();
    assert.deepEqual(await Array.fromAsync(tags), []);
    assert.match(io.stderr.text, /^GET \/v2\/ 401, /);
    assert.match(io.stderr.text, /^GET \/token\?service=….* 200, /m);
    assert.doesNotMatch(io.stderr.text, /good|secret|Basic|Bearer/);
  }, JANE);
});

Deno.test("openExternalRegistry() looks for layers in no other repository", async () => {
  await using server = await TokenRegistry.start();
  await open(server.host, async ({ registry }) => {
    const diffIds = buildImage().layers.map(({ diffId }) => diffId);
    await registry.repository("a").findLayers({ diffIds, tags: [] });
  }, JANE);
  const paths = server.requests.map((request) => request.split(" ")[2]);
  assert.ok(paths.includes("/v2/a/tags/list"), String(paths));
  assert.ok(!paths.includes("/v2/_catalog"), String(paths));
});

Deno.test("openExternalRegistry() says how to log in", async () => {
  await using server = await TokenRegistry.start();
  const unused = () => assert.fail("it is not open");
  await assert.rejects(open(server.host, unused), {
    name: "RegistryError",
    status: 401,
    message: `Cannot log in to the registry "${server.host}": its token ` +
      `server "${server.host}" answers 401, wrong password\n` +
      `Log in first: docker login ${server.host}`,
  });
  // printf jane:old | base64
  await assert.rejects(
    open(server.host, unused, "amFuZTpvbGQ="),
    /Log in again, the password may have changed: docker login /,
  );
});

Deno.test("openExternalRegistry() refuses what is no host", async () => {
  await assert.rejects(
    open("a b", () => assert.fail("it is not open")),
    { name: "ReferenceSyntaxError" },
  );
});

Deno.test("openExternalRegistry() names repositories as the registry does", async () => {
  await using server = await TokenRegistry.start();
  await open(server.host, (external) => {
    assert.equal(external.repositoryName("app"), "app");
    return Promise.resolve();
  }, JANE);
});
