import { strict as assert } from "node:assert";
import type { Engine } from "../../src/engine/container_engine.ts";
import { openEngine } from "../../src/engine/engine.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { type EngineHandler, refusal, startFakeEngine } from "./fake_engine.ts";
import { memoryEngineHost } from "./memory_engine_host.ts";

const ARCHIVE = new Uint8Array(600_000).fill(7);
const CONFIG = digestOf(new TextEncoder().encode("config"));
const DIFF_ID = digestOf(new TextEncoder().encode("layer"));
const EXPECTED = { name: "app:1", config: CONFIG, diffIds: [DIFF_ID] };

async function withEngine(
  handle: EngineHandler,
  action: (engine: Engine) => Promise<void>,
): Promise<void> {
  await using fake = await startFakeEngine(handle);
  const host = memoryEngineHost({ DOCKER_HOST: fake.address });
  using engine = await openEngine(host);
  await action(engine);
}

/** Takes a load whole, and then says this about every image. */
function loading(
  answer: string,
  document: Record<string, unknown> = {},
): EngineHandler {
  return async (request, path) => {
    if (path !== "/images/load?quiet=1") return Response.json(document);
    assert.equal(request.headers.get("content-type"), "application/x-tar");
    assert.equal((await request.bytes()).length, ARCHIVE.length);
    return new Response(answer);
  };
}

function archive(): ReadableStream<Uint8Array> {
  return new Blob([ARCHIVE]).stream();
}

const LOADED = '{"stream":"Loaded image: app:1\\n"}\r\n';

Deno.test("Engine.load() sends the archive, counts, and looks what is there", async () => {
  const document = { Id: CONFIG, RepoTags: ["app:1"] };
  await withEngine(loading(LOADED, document), async (engine) => {
    const progress: number[] = [];
    const answer = await engine.load(archive(), {
      expected: [EXPECTED],
      onProgress: (bytes) => progress.push(bytes),
    });
    assert.deepEqual(answer, { names: ["app:1"], ids: [] });
    assert.equal(progress.at(-1), ARCHIVE.length);
    assert.deepEqual(progress, progress.toSorted((a, b) => a - b));
  });
});

Deno.test("Engine.load() knows an image in containerd's store by its layers", async () => {
  const document = {
    Id: digestOf(new TextEncoder().encode("manifest")),
    Descriptor: {},
    RootFS: { Layers: [DIFF_ID] },
  };
  await withEngine(loading(LOADED, document), async (engine) => {
    await engine.load(archive(), { expected: [EXPECTED] });
  });
});

Deno.test("Engine.load() fails when another image is there afterwards", async () => {
  await withEngine(loading(LOADED, { Id: DIFF_ID }), async (engine) => {
    await assert.rejects(engine.load(archive(), { expected: [EXPECTED] }), {
      name: "EngineError",
      message:
        `Cannot confirm "app:1" in ${engine.location}: its ID is ${DIFF_ID}, must be ${CONFIG}`,
    });
  });
});

Deno.test("Engine.load() fails with what the engine says in its answer", async () => {
  const answer =
    '{"errorDetail":{"message":"no space left"},"error":"no space left"}';
  await withEngine(loading(answer), async (engine) => {
    await assert.rejects(engine.load(archive()), {
      name: "EngineError",
      message: `Cannot load the images into ${engine.location}: no space left`,
    });
  });
});

Deno.test("Engine.load() fails when nothing was loaded", async () => {
  await withEngine(loading(""), async (engine) => {
    await assert.rejects(engine.load(archive()), {
      message: `Cannot load the images into ${engine.location}: it loaded none`,
    });
  });
});

Deno.test("Engine.load() reads the archive no further once the engine refused", async () => {
  const refuse = () => refusal(500, "payload does not match any format");
  await withEngine(refuse, async (engine) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(new Uint8Array(65_536)),
      cancel: () => resolve(),
    });
    await assert.rejects(engine.load(endless), {
      // Deno 2.6 may find the pipe broken before it reads the answer.
      name: /^Engine(?:Connection)?Error$/,
    });
    await promise;
  });
});

Deno.test("Engine.load() fails with the failure of the archive itself", async () => {
  const reading: EngineHandler = async (request) => {
    // The connection is cut in the middle of the body.
    await request.bytes().catch(() => undefined);
    return new Response(null);
  };
  await withEngine(reading, async (engine) => {
    const failure = new RangeError("The layer is damaged");
    const broken = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new Uint8Array(10)),
      pull: (controller) => controller.error(failure),
    });
    await assert.rejects(engine.load(broken), failure);
  });
});

Deno.test("Engine.inspect() and Engine.export() fail with the engine's words", async () => {
  await withEngine(
    () => refusal(404, "No such image: app:1"),
    async (engine) => {
      const expected = {
        name: "EngineError",
        status: 404,
        message:
          `Cannot read "app:1" from ${engine.location}: No such image: app:1`,
      };
      await assert.rejects(engine.inspect("app:1"), expected);
      await assert.rejects(engine.export("app:1"), expected);
    },
  );
});
