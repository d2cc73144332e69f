import { strict as assert } from "node:assert";
import type { BlobContent } from "../../src/content/blob_content.ts";
import type { CopyEvent } from "../../src/content/copy_event.ts";
import { planImage } from "../../src/content/copy_plan.ts";
import {
  type CopyOptions,
  ImageCopier,
} from "../../src/content/image_copier.ts";
import type { ImageDraft, LayerDraft } from "../../src/content/image_source.ts";
import type {
  LayerQuery,
  PushOptions,
  PushResult,
} from "../../src/content/image_target.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { digestOf } from "../../src/oci/digest.ts";
import {
  buildImage,
  buildIndex,
  type BuiltContent,
} from "../support/images.ts";
import {
  MemorySource,
  MemoryTarget,
  streamOf,
} from "../support/memory_store.ts";

const IMAGE = buildImage({ layers: [{ a: "1" }, { b: "2" }, { c: "3" }] });
const OTHER = buildImage({ layers: [{ a: "1" }, { d: "4" }] });

async function copy(
  content: BuiltContent,
  target: MemoryTarget,
  options: CopyOptions = {},
) {
  const source = new MemorySource().add(content, "app:1");
  const [image] = await source.images();
  assert.ok(image);
  const plan = await planImage(source, image);
  const copier = new ImageCopier(source, options);
  return await copier.copy(plan, target, { name: "app:1", tags: ["1", "2"] });
}

function draft(texts: readonly string[]): ImageDraft & { opened: string[] } {
  const opened: string[] = [];
  const layers = texts.map((text): LayerDraft => {
    const bytes = new TextEncoder().encode(text);
    return {
      diffId: digestOf(bytes),
      storedSize: bytes.length,
      content: {
        mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
        open: () => {
          opened.push(text);
          return Promise.resolve(streamOf(bytes));
        },
      },
    };
  });
  const config = new TextEncoder().encode(`{"layers":"${texts}"}`);
  const platform = { os: "linux", architecture: "amd64" };
  return { config, platform, layers, opened };
}

Deno.test("ImageCopier.copy() moves children first, the root last and tags at the end", async () => {
  const target = new MemoryTarget();
  const index = buildIndex([IMAGE, OTHER]);
  const { descriptor } = await copy(index, target);
  assert.equal(descriptor.digest, index.descriptor.digest);
  const order = target.calls.filter((call) => !call.startsWith("exists"));
  const position = (call: string) => order.indexOf(call);
  for (const child of [IMAGE, OTHER]) {
    const manifest = position(`manifest ${child.descriptor.digest}`);
    for (const { descriptor } of child.layers) {
      assert.ok(position(`push ${descriptor.digest}`) < manifest);
    }
    assert.ok(manifest < position(`manifest ${index.descriptor.digest}`));
  }
  assert.deepEqual(order.slice(-3), [
    `manifest ${index.descriptor.digest}`,
    "tag 1",
    "tag 2",
  ]);
  assert.equal(target.tags.get("2"), index.descriptor.digest);
});

Deno.test("ImageCopier.copy() moves a shared blob once and keeps the bytes", async () => {
  const target = new MemoryTarget();
  await copy(buildIndex([IMAGE, OTHER]), target);
  const pushes = target.calls.filter((call) => call.startsWith("push"));
  assert.equal(pushes.length, new Set(pushes).size);
  assert.deepEqual(target.blobs.get(IMAGE.descriptor.digest), IMAGE.bytes);
});

Deno.test("ImageCopier.copy() sends nothing that the target has", async () => {
  const target = new MemoryTarget();
  await copy(IMAGE, target);
  target.calls.length = 0;
  const { parts } = await copy(IMAGE, target);
  assert.deepEqual(
    target.calls.filter((call) => /^(push|manifest)/.test(call)),
    [],
  );
  assert.ok(parts.every(({ outcome }) => outcome === "existing"));
  assert.equal(parts.reduce((sum, part) => sum + part.bytesSent, 0), 0);
});

Deno.test("ImageCopier.copy() keeps to its number of jobs", async () => {
  const target = new MemoryTarget();
  await copy(IMAGE, target, { jobs: 2 });
  assert.equal(target.most, 2);
});

Deno.test("ImageCopier.copy() sets no tag and waits for all when a blob is damaged", async () => {
  const target = new MemoryTarget();
  const source = new MemorySource().add(IMAGE, "app:1");
  const damaged = IMAGE.layers[1]?.descriptor.digest ?? "";
  source.blobs.set(
    damaged,
    new Uint8Array(source.blobs.get(damaged)?.length ?? 0),
  );
  const [image] = await source.images();
  assert.ok(image);
  const plan = await planImage(source, image);
  const copying = new ImageCopier(source).copy(plan, target, {
    name: "app:1",
    tags: ["1"],
  });
  await assert.rejects(copying, (error: Error) => {
    assert.equal(error.name, "CopyError");
    assert.equal(error.message, `Cannot copy the layer ${damaged} of app:1`);
    assert.equal((error.cause as Error).name, "ContentMismatchError");
    return true;
  });
  assert.equal(target.running, 0);
  assert.equal(target.tags.size, 0);
  assert.equal(target.blobs.has(IMAGE.descriptor.digest), false);
});

Deno.test("ImageCopier.copy() ends when its signal does, without a tag", async () => {
  const target = new MemoryTarget();
  const abort = new AbortController();
  await assert.rejects(copy(IMAGE, target, {
    jobs: 1,
    signal: abort.signal,
    onEvent: (event) => {
      if (event.type === "step-finished") abort.abort();
    },
  }));
  assert.equal(target.tags.size, 0);
  assert.equal(target.calls.filter((call) => /^push/.test(call)).length, 1);
});

Deno.test("ImageCopier.copy() tags what is about an image before the image", async () => {
  const signature = buildImage({ layers: [{ s: "1" }] });
  const subject = IMAGE.descriptor.digest;
  const source = new MemorySource().add(IMAGE, "app:1")
    .addAttachment(signature, { subject, kind: "sig" });
  const [image] = await source.images();
  assert.ok(image);
  const plan = await planImage(source, image);
  const copier = new ImageCopier(source);
  const tag = `${subject.replace(":", "-")}.sig`;

  const target = new MemoryTarget();
  const { descriptor, parts } = await copier.copy(plan, target, {
    name: "app:1",
    tags: ["1"],
  });
  assert.equal(descriptor.digest, subject);
  assert.deepEqual([...target.tags], [
    [tag, signature.descriptor.digest],
    ["1", subject],
  ]);
  assert.ok(
    parts.some((part) =>
      part.descriptor.digest === signature.descriptor.digest
    ),
  );

  const named = new MemoryTarget();
  await copier.copy(plan, named, {
    name: "app:1",
    tags: ["app:1"],
    nameAttachment: (tag) => `app:${tag}`,
  });
  assert.deepEqual([...named.tags.keys()], [`app:${tag}`, "app:1"]);
});

Deno.test("ImageCopier.copy() makes the manifest of a draft from what was sent", async () => {
  const target = new MemoryTarget();
  const image = draft(["one", "two"]);
  const plan = { root: image, referrers: [], attachments: [], notes: [] };
  const copier = new ImageCopier(new MemorySource());
  const copied = await copier.copy(plan, target, { name: "x", tags: ["1"] });
  const manifest = new TextDecoder().decode(
    target.blobs.get(copied.descriptor.digest),
  );
  assert.equal(
    manifest,
    '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json",' +
      '"config":{"mediaType":"application/vnd.oci.image.config.v1+json",' +
      `"digest":"${digestOf(image.config)}","size":20},"layers":[` +
      '{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",' +
      '"digest":"sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed","size":3},' +
      '{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip",' +
      '"digest":"sha256:3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3","size":3}]}',
  );
});

Deno.test("ImageCopier.copy() makes a layer that two drafts share only once", async () => {
  const target = new MemoryTarget();
  const [first, second] = [draft(["one", "one"]), draft(["one", "two"])];
  const copier = new ImageCopier(new MemorySource());
  for (const root of [first, second]) {
    const plan = { root, referrers: [], attachments: [], notes: [] };
    await copier.copy(plan, target, { name: "x", tags: [] });
  }
  assert.deepEqual(first.opened, ["one"]);
  assert.deepEqual(second.opened, ["two"]);
});

Deno.test("ImageCopier.copy() reports every step from start to end", async () => {
  const events: CopyEvent[] = [];
  await copy(IMAGE, new MemoryTarget(), { onEvent: (e) => events.push(e) });
  assert.equal(events[0]?.type, "image-started");
  assert.equal(events.at(-1)?.type, "image-finished");
  const kinds = events.flatMap((event) =>
    event.type === "step-finished" ? [event.step.kind] : []
  );
  assert.deepEqual(kinds.toSorted(), [
    "config",
    "layer",
    "layer",
    "layer",
    "manifest",
  ]);
});

Deno.test("ImageCopier.copy() tells how much of a layer the sent bytes stand for", async () => {
  const image = draft(["one"]);
  const [layer] = image.layers;
  assert.ok(layer);
  const content = { ...layer.content, sourceBytes: (n: number) => 10 * n };
  const root = { ...image, layers: [{ ...layer, content }] };
  const positions: (readonly number[])[] = [];
  const copier = new ImageCopier(new MemorySource(), {
    onEvent(event) {
      if (event.type !== "step-progress") return;
      if (event.step.kind !== "layer") return;
      positions.push([event.bytes, event.position]);
    },
  });
  const plan = { root, referrers: [], attachments: [], notes: [] };
  await copier.copy(plan, new MemoryTarget(), { name: "x", tags: [] });
  assert.deepEqual(positions, [[3, 30]]);
});

/** Fails the first blob; those that run beside it end only when told to. */
class FailingTarget extends MemoryTarget {
  started = 0;

  override push(
    _content: BlobContent,
    { signal }: PushOptions = {},
  ): Promise<PushResult> {
    if (++this.started === 1) return Promise.reject(new Error("No room"));
    this.running++;
    return new Promise((_, reject) =>
      signal?.addEventListener("abort", () =>
        // As a transfer does, it takes a moment to come to its end.
        setTimeout(() => {
          this.running--;
          reject(signal.reason);
        }))
    );
  }
}

Deno.test("ImageCopier.copy() ends what runs beside a failure before it reports it", async () => {
  const target = new FailingTarget();
  await assert.rejects(copy(IMAGE, target), { name: "CopyError" });
  assert.equal(target.started, 4);
  assert.equal(target.running, 0);
});

Deno.test("ImageCopier.copy() starts nothing more after a failure", async () => {
  const target = new FailingTarget();
  await assert.rejects(copy(IMAGE, target, { jobs: 1 }), { name: "CopyError" });
  assert.equal(target.started, 1);
});

/** Holds the layer "one", compressed by somebody else. */
class ReusingTarget extends MemoryTarget {
  readonly substitute = digestOf(new TextEncoder().encode("elsewhere"));
  readonly queries: (readonly string[])[] = [];
  readonly #holds: boolean;

  constructor(holds = true) {
    super();
    this.#holds = holds;
  }

  findLayers({ diffIds, tags }: LayerQuery) {
    this.queries.push([...diffIds, ...tags]);
    const mediaType = "application/vnd.docker.image.rootfs.diff.tar.gzip";
    const blob = { mediaType, digest: this.substitute, size: 9 };
    const one = digestOf(new TextEncoder().encode("one"));
    return Promise.resolve(new Map([[one, [blob]]]));
  }

  reuse(descriptor: Descriptor): Promise<PushResult | undefined> {
    return Promise.resolve(
      this.#holds
        ? { descriptor, outcome: "existing", bytesSent: 0 }
        : undefined,
    );
  }
}

async function copyDraft(target: ReusingTarget, options: CopyOptions = {}) {
  const image = draft(["one", "two"]);
  const copier = new ImageCopier(new MemorySource(), options);
  const plan = { root: image, referrers: [], attachments: [], notes: [] };
  const destination = { name: "app:1", tags: ["1"] };
  const { parts } = await copier.copy(plan, target, destination);
  return { image, layers: parts.slice(1, 3) };
}

Deno.test("ImageCopier.copy() takes a layer that the target has from elsewhere", async () => {
  const target = new ReusingTarget();
  const { image, layers } = await copyDraft(target);
  assert.deepEqual(image.opened, ["two"]);
  assert.deepEqual(layers.map(({ outcome }) => outcome), [
    "existing",
    "uploaded",
  ]);
  assert.deepEqual(layers[0]?.descriptor, {
    mediaType: "application/vnd.oci.image.layer.v1.tar+gzip",
    digest: target.substitute,
    size: 9,
  });
  assert.deepEqual(target.queries, [
    [...image.layers.map(({ diffId }) => diffId), "1"],
  ]);
});

Deno.test("ImageCopier.copy() compresses a layer that the target has lost since", async () => {
  const { image, layers } = await copyDraft(new ReusingTarget(false));
  assert.deepEqual(image.opened.toSorted(), ["one", "two"]);
  assert.equal(layers[0]?.outcome, "uploaded");
});

Deno.test("ImageCopier.copy() takes no layer from elsewhere when it must not", async () => {
  const target = new ReusingTarget();
  const { image } = await copyDraft(target, { reuseLayers: false });
  assert.deepEqual(image.opened, ["one", "two"]);
  assert.deepEqual(target.queries, []);
});
