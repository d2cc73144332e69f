import { strict as assert } from "node:assert";
import type { Transport } from "../../src/http/transport.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import type { Digest } from "../../src/oci/digest.ts";
import { BlobLedger } from "../../src/registry/blob_ledger.ts";
import { findLayers } from "../../src/registry/layer_search.ts";
import {
  buildImage,
  buildIndex,
  buildManifest,
  type BuiltContent,
} from "../support/images.ts";
import { scopeOf } from "./upload_fixture.ts";

const IMAGE = buildImage({ layers: [{ a: "1" }, { b: "2" }] });
const [FIRST, SECOND] = IMAGE.layers;
const OTHER = buildImage({ layers: [{ c: "3" }] });

/** A registry of images by `REPOSITORY:TAG`, which writes down what is asked. */
class Shelf {
  readonly asked: string[] = [];
  readonly #images: Readonly<Record<string, BuiltContent>>;
  readonly #refusals: Readonly<Record<string, number>>;

  constructor(
    images: Readonly<Record<string, BuiltContent>>,
    refusals: Readonly<Record<string, number>> = {},
  ) {
    this.#images = images;
    this.#refusals = refusals;
  }

  readonly transport: Transport = (request) => {
    const path = new URL(request.url).pathname.slice("/v2/".length);
    this.asked.push(path);
    const refusal = this.#refusals[path];
    return Promise.resolve(
      refusal === undefined
        ? this.#answer(path)
        : new Response(null, { status: refusal }),
    );
  };

  #answer(path: string): Response {
    if (path === "_catalog") {
      return Response.json({ repositories: [...this.#tags.keys()] });
    }
    const [, repository = "", kind, reference = ""] =
      /^(.*)\/(manifests|blobs|tags)\/(.*)$/.exec(path) ?? [];
    const tags = this.#tags.get(repository);
    if (kind === "tags" && tags !== undefined) return Response.json({ tags });
    const named = this.#images[`${repository}:${reference}`];
    if (named !== undefined) return manifestAnswer(named);
    for (const image of Object.values(this.#images)) {
      const bytes = [...image.blobs].find(([key]) => key === reference)?.[1];
      if (bytes === undefined) continue;
      return kind === "blobs"
        ? new Response(bytes)
        : manifestAnswer({ ...image, bytes });
    }
    return new Response(null, { status: 404 });
  }

  get #tags(): Map<string, string[]> {
    const tags = new Map<string, string[]>();
    for (const name of Object.keys(this.#images)) {
      const [repository = "", tag = ""] = name.split(":");
      tags.set(repository, [...tags.get(repository) ?? [], tag]);
    }
    return tags;
  }
}

function manifestAnswer({ bytes }: Pick<BuiltContent, "bytes">): Response {
  const { mediaType } = JSON.parse(new TextDecoder().decode(bytes));
  return new Response(bytes, { headers: { "content-type": mediaType } });
}

async function search(
  shelf: Shelf,
  tags: readonly string[] = [],
): Promise<
  { found: ReadonlyMap<Digest, readonly Descriptor[]> } & {
    ledger: BlobLedger;
  }
> {
  const ledger = new BlobLedger();
  const diffIds = IMAGE.layers.map(({ diffId }) => diffId);
  const found = await findLayers(scopeOf(shelf.transport), ledger, {
    diffIds,
    tags,
  });
  return { found, ledger };
}

Deno.test("findLayers() reads the tag that the image will get, and nothing else when that is enough", async () => {
  const shelf = new Shelf({ "a:1": OTHER, "a:2": IMAGE, "b:1": OTHER });
  const { found, ledger } = await search(shelf, ["2"]);
  assert.ok(FIRST && SECOND);
  assert.deepEqual([...found], [
    [FIRST.diffId, [FIRST.descriptor]],
    [SECOND.diffId, [SECOND.descriptor]],
  ]);
  assert.deepEqual(shelf.asked, [
    "a/manifests/2",
    `a/blobs/${IMAGE.configDescriptor.digest}`,
  ]);
  assert.equal(ledger.has(FIRST.descriptor.digest, "a"), true);
});

Deno.test("findLayers() reads the newest tags, by their numbers", async () => {
  const names = Array.from({ length: 12 }, (_, index) => `a:1.${index}`);
  const shelf = new Shelf(
    Object.fromEntries(names.map((name) => [name, OTHER])),
  );
  await search(shelf);
  const read = shelf.asked.filter((path) => path.startsWith("a/manifests/"));
  assert.deepEqual(
    read.map((path) => path.slice("a/manifests/1.".length)),
    ["11", "10", "9", "8", "7", "6", "5", "4"],
  );
});

Deno.test("findLayers() reads the images of an index", async () => {
  const shelf = new Shelf({ "a:1": buildIndex([OTHER, IMAGE]) });
  assert.equal((await search(shelf, ["1"])).found.size, 2);
});

Deno.test("findLayers() reads the repositories with the most similar names last", async () => {
  const shelf = new Shelf({ "zoo:1": OTHER, "ab:1": IMAGE, "abc:1": OTHER });
  const { found, ledger } = await search(shelf, ["1"]);
  assert.equal(found.size, 2);
  assert.ok(FIRST);
  assert.equal(ledger.lender(FIRST.descriptor.digest, "a"), "ab");
  assert.equal(shelf.asked.indexOf("_catalog") > 0, true);
});

Deno.test("findLayers() leaves the catalog alone where it is told to", async () => {
  const shelf = new Shelf({ "a:1": OTHER, "ab:1": IMAGE });
  const scope = { ...scopeOf(shelf.transport), searchesCatalog: false };
  const diffIds = IMAGE.layers.map(({ diffId }) => diffId);
  const query = { diffIds, tags: ["1"] };
  const found = await findLayers(scope, new BlobLedger(), query);
  assert.equal(found.size, 0);
  assert.deepEqual(shelf.asked, [
    "a/manifests/1",
    `a/blobs/${OTHER.configDescriptor.digest}`,
    "a/tags/list",
    "a/manifests/1",
  ]);
});

Deno.test("findLayers() finds nothing where the registry gives no list", async () => {
  for (const status of [401, 404, 500, 503]) {
    const shelf = new Shelf({ "b:1": IMAGE }, {
      "_catalog": status,
      "a/tags/list": status,
      "a/manifests/1": status,
    });
    assert.equal((await search(shelf, ["1"])).found.size, 0);
  }
});

Deno.test("findLayers() passes over images that contradict themselves", async () => {
  const short = buildManifest(
    IMAGE.configDescriptor,
    IMAGE.layers.slice(1).map(({ descriptor }) => descriptor),
  );
  const artifact = buildManifest(
    { ...IMAGE.configDescriptor, mediaType: "application/example" },
    IMAGE.layers.map(({ descriptor }) => descriptor),
  );
  const garbled = { ...IMAGE, bytes: new TextEncoder().encode("{") };
  for (const content of [short, artifact]) {
    const shelf = new Shelf({ "a:1": { ...IMAGE, ...content } });
    assert.equal((await search(shelf, ["1"])).found.size, 0);
  }
  const shelf = new Shelf({ "a:1": IMAGE });
  const transport: Transport = (request) =>
    request.url.endsWith("/manifests/1")
      ? Promise.resolve(new Response(garbled.bytes))
      : shelf.transport(request);
  const query = {
    diffIds: [IMAGE.layers[0]?.diffId ?? OTHER.descriptor.digest],
  };
  const found = await findLayers(scopeOf(transport), new BlobLedger(), {
    ...query,
    tags: ["1"],
  });
  assert.equal(found.size, 0);
});

Deno.test("findLayers() ends with its signal", async () => {
  const controller = new AbortController();
  const ended = new Error("ended");
  const transport: Transport = (request) => {
    controller.abort(ended);
    request.signal.throwIfAborted();
    return Promise.resolve(new Response(null, { status: 404 }));
  };
  const query = { diffIds: [OTHER.descriptor.digest], tags: ["1"] };
  await assert.rejects(
    findLayers(scopeOf(transport), new BlobLedger(), {
      ...query,
      signal: controller.signal,
    }),
    ended,
  );
});
