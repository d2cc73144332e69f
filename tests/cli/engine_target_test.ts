import { strict as assert } from "node:assert";
import { openDockerArchive } from "../../src/archive/docker_archive.ts";
import { openImageArchive } from "../../src/archive/open_archive.ts";
import { planOne } from "../../src/cli/copy_batch.ts";
import { EngineTarget } from "../../src/cli/engine_target.ts";
import { copyStaged } from "../../src/cli/staged_copy.ts";
import { openEngine } from "../../src/engine/engine.ts";
import {
  type EngineHandler,
  refusal,
  startFakeEngine,
} from "../engine/fake_engine.ts";
import { buildImage } from "../support/images.ts";
import { MemorySource } from "../support/memory_store.ts";
import { tempDir } from "../support/temp_dir.ts";

const IMAGE = buildImage();

/** Answers as Docker does that has loaded `app:1`. */
function loaded(id: string): EngineHandler {
  return async (request, path) => {
    if (path.endsWith("/images/app:1/json")) {
      const layers = IMAGE.layers.map(({ diffId }) => diffId);
      const graph = { Name: "overlay2", Data: {} };
      return Response.json({
        Id: id,
        RepoTags: ["app:1"],
        RootFS: { Layers: layers },
        GraphDriver: graph,
      });
    }
    received = await request.bytes();
    return new Response('{"stream":"Loaded image: app:1\\n"}\r\n');
  };
}

let received = new Uint8Array();

async function load(handler: EngineHandler): Promise<string> {
  await using engine = await startFakeEngine(handler);
  const host = {
    os: "linux",
    env: (name: string) => name === "DOCKER_HOST" ? engine.address : undefined,
    readFile: () => Promise.resolve(undefined),
  } as const;
  const { signal } = new AbortController();
  const target = new EngineTarget(await openEngine(host, { signal }), {
    tempDir: engine.folder,
    signal,
  });
  const source = new MemorySource().add(IMAGE, "app:1");
  const [image] = await source.images();
  assert.ok(image);
  const plan = await planOne(source, image, {
    referrers: false,
    forDocker: true,
    decompress: false,
    name: "app:1",
  });
  const batch = {
    source,
    images: [{ plan, names: ["app:1"] }],
    isCompanion: false,
  };
  const options = { jobs: 1, display: { onEvent: () => {} }, io: { signal } };
  return await copyStaged([batch], target, options)
    .then(() => "done", (error) => {
      const { cause } = error;
      return String(cause instanceof Error ? cause.message : error.message);
    });
}

Deno.test("EngineTarget streams a docker-archive, and the engine confirms it", async () => {
  assert.equal(await load(loaded(IMAGE.configDescriptor.digest)), "done");
  await using folder = await tempDir();
  const path = await folder.write("loaded.tar", received);
  const source = await openImageArchive({ path }, {
    tempDir: folder.path,
    format: "docker-archive",
    docker: openDockerArchive,
  });
  const [only] = await source.images();
  assert.deepEqual(only?.names, ["app:1"]);
  await source.close();
});

Deno.test("EngineTarget fails when the engine has another image afterwards", async () => {
  const other = `sha256:${"e".repeat(64)}`;
  assert.match(
    await load(loaded(other)),
    new RegExp(`its ID is ${other}, must be ${IMAGE.configDescriptor.digest}`),
  );
});

Deno.test("EngineTarget tells what the engine says when it refuses", async () => {
  const refused = await load(async (request) => {
    await request.body?.cancel();
    return refusal(500, "no space left on device");
  });
  assert.match(refused, /no space left on device/);
});
