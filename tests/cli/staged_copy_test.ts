import { strict as assert } from "node:assert";
import { type CopyBatch, planOne } from "../../src/cli/copy_batch.ts";
import { copyStaged } from "../../src/cli/staged_copy.ts";
import type { BlobContent } from "../../src/content/blob_content.ts";
import { ContentMismatchError } from "../../src/content/content_mismatch_error.ts";
import { planImage } from "../../src/content/copy_plan.ts";
import type { CopyEvent } from "../../src/content/copy_event.ts";
import type { PushResult } from "../../src/content/image_target.ts";
import type {
  AbandonOptions,
  StagedTarget,
} from "../../src/content/staged_target.ts";
import { ConnectionError } from "../../src/http/connection_error.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { buildImage } from "../support/images.ts";
import { MemorySource, MemoryTarget } from "../support/memory_store.ts";

const IMAGE = buildImage();
const SIG = `${IMAGE.descriptor.digest.replace(":", "-")}.sig`;

/** A target in memory that writes down how it ended. */
class MemoryStage extends MemoryTarget implements StagedTarget {
  readonly ends: string[] = [];
  readonly listed: string[] = [];
  readonly #failure: Error | undefined;

  constructor(failure?: Error) {
    super();
    this.#failure = failure;
  }

  override push(content: BlobContent): Promise<PushResult> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    return super.push(content);
  }

  list({ digest }: Descriptor): void {
    this.listed.push(digest);
  }

  commit(): Promise<void> {
    this.ends.push("commit");
    return Promise.resolve();
  }

  abandon({ keepDrafts }: AbandonOptions): Promise<void> {
    this.ends.push(keepDrafts ? "keep" : "drop");
    return Promise.resolve();
  }
}

async function batch(names: string[], isCompanion = false): Promise<CopyBatch> {
  const source = new MemorySource().add(buildImage());
  const [image] = await source.images();
  assert.ok(image);
  const plan = await planOne(source, image, {
    referrers: true,
    forDocker: false,
    decompress: false,
    name: "a",
  });
  return { source, images: [{ plan, names }], isCompanion };
}

function options(signal = new AbortController().signal) {
  const events: CopyEvent[] = [];
  const onEvent = (event: CopyEvent) => void events.push(event);
  return { jobs: 1, display: { onEvent }, io: { signal }, events };
}

Deno.test("copyStaged() names images, commits once and tells what was asked for", async () => {
  const target = new MemoryStage();
  const { events, ...rest } = options();
  const results = await copyStaged(
    [await batch(["a:1", "b:2"]), await batch(["a:sig"], true)],
    target,
    rest,
  );
  assert.deepEqual(results.map(({ names }) => names), [["a:1", "b:2"]]);
  assert.deepEqual([...target.tags.keys()], ["a:1", "b:2", "a:sig"]);
  assert.deepEqual(target.ends, ["commit"]);
  const outcomes = events.flatMap((event) =>
    event.type === "step-finished" ? [event.outcome] : []
  );
  assert.equal(outcomes.includes("uploaded"), false);
  assert.equal(outcomes.includes("written"), true);
});

for (
  const [names, expected] of [
    [["ghcr.io/cool/a:1", "b:2"], `ghcr.io/cool/a:${SIG}`],
    [["host:5000/a@" + IMAGE.descriptor.digest], `host:5000/a:${SIG}`],
    [[], SIG],
  ] as const
) {
  Deno.test(`copyStaged() names a signature beside ${names[0] ?? "an image without a name"}`, async () => {
    const source = new MemorySource().add(IMAGE)
      .addAttachment(buildImage({ layers: [] }), {
        subject: IMAGE.descriptor.digest,
        kind: "sig",
      });
    const [image] = await source.images();
    assert.ok(image);
    const plan = await planImage(source, image);
    const target = new MemoryStage();
    const images = [{ plan, names }];
    await copyStaged(
      [{ source, images, isCompanion: false }],
      target,
      options(),
    );
    assert.deepEqual([...target.tags.keys()], [expected, ...names]);
  });
}

Deno.test("copyStaged() lists an image that has no name", async () => {
  const target = new MemoryStage();
  await copyStaged([await batch([])], target, options());
  assert.deepEqual(target.listed, [buildImage().descriptor.digest]);
});

Deno.test("copyStaged() keeps what a broken transfer brought, and nothing else", async () => {
  const broken = new ConnectionError("Cannot go on", {
    address: "a",
    stage: "transfer",
    transient: true,
  });
  const wrong = new ContentMismatchError("Cannot accept it", {}, {});
  const ends = async (failure: Error) => {
    const target = new MemoryStage(failure);
    await assert.rejects(
      copyStaged([await batch(["a:1"])], target, options()),
      { name: "CopyError" },
    );
    return target.ends;
  };
  assert.deepEqual(await ends(broken), ["keep"]);
  assert.deepEqual(await ends(wrong), ["drop"]);
  assert.deepEqual(await ends(new Error("full")), ["drop"]);
});

Deno.test("copyStaged() commits nothing after an interrupt, and keeps what is there", async () => {
  const target = new MemoryStage();
  const signal = AbortSignal.abort(new DOMException("Stop", "AbortError"));
  await assert.rejects(copyStaged([], target, options(signal)), {
    name: "AbortError",
  });
  assert.deepEqual(target.ends, ["keep"]);
});
