import { strict as assert } from "node:assert";
import { LineDisplay } from "../../src/cli/line_display.ts";
import { ImageRemover, type RemovedImage } from "../../src/cli/remove_image.ts";
import { Questions } from "../../src/cli/remove_question.ts";
import type { Transport } from "../../src/http/transport.ts";
import { Registry } from "../../src/registry/registry.ts";
import { buildImage } from "../support/images.ts";
import { FakeIo } from "./fake_io.ts";

const IMAGE = buildImage();
const { digest } = IMAGE.descriptor;

/** How a registry deletes. */
interface Habits {
  /** Status of the deletion of a tag; 202 does it. */
  readonly tag: number;
  /** Status of the deletion of a digest; 202 does it. */
  readonly digest: number;
  /** Whether tags outlive their manifest, as in go-containerregistry. */
  readonly keepsTags?: boolean;
  /** Whether it only says that it deletes. */
  readonly lies?: boolean;
}

/** A registry with the repository `app`, whose tags all lead to the image. */
class SmallRegistry {
  readonly tags = new Set(["1", "2"]);
  readonly deleted: string[] = [];
  readonly #habits: Habits;
  #hasManifest = true;

  constructor(habits: Habits) {
    this.#habits = habits;
  }

  readonly transport: Transport = ({ method, url }) => {
    const { pathname } = new URL(url);
    if (pathname === "/v2/app/tags/list") {
      return Promise.resolve(Response.json({ tags: [...this.tags] }));
    }
    const reference = pathname.slice("/v2/app/manifests/".length);
    return Promise.resolve(
      method === "DELETE" ? this.#delete(reference) : this.#get(reference),
    );
  };

  #get(reference: string): Response {
    const isThere = reference === digest
      ? this.#hasManifest
      : this.tags.has(reference);
    if (!isThere) return new Response(null, { status: 404 });
    return new Response(IMAGE.bytes, {
      headers: { "content-type": IMAGE.descriptor.mediaType },
    });
  }

  #delete(reference: string): Response {
    const isDigest = reference === digest;
    const status = isDigest ? this.#habits.digest : this.#habits.tag;
    if (status !== 202) return new Response(null, { status });
    this.deleted.push(reference);
    if (this.#habits.lies) return new Response(null, { status });
    if (!isDigest) this.tags.delete(reference);
    else {
      this.#hasManifest = false;
      if (!this.#habits.keepsTags) this.tags.clear();
    }
    return new Response(null, { status });
  }
}

function remove(
  small: SmallRegistry,
  name: string,
  yes: boolean,
): Promise<RemovedImage | undefined> {
  const io = new FakeIo();
  const remover = new ImageRemover({
    registry: new Registry(small.transport),
    display: new LineDisplay(io, { steps: false }),
    io,
  }, { yes, questions: new Questions(io) });
  return remover.remove(
    name === digest
      ? { repository: "app", digest }
      : { repository: "app", tag: name },
  );
}

Deno.test("ImageRemover.remove() deletes a tag alone where it can", async () => {
  const small = new SmallRegistry({ tag: 202, digest: 202 });
  assert.deepEqual(await remove(small, "1", false), {
    repository: "app",
    tags: ["1"],
    digest,
    isDeleted: false,
  });
  assert.deepEqual(small.deleted, ["1"]);
});

Deno.test("ImageRemover.remove() says what else goes where it cannot", async () => {
  const small = new SmallRegistry({ tag: 400, digest: 202 });
  await assert.rejects(remove(small, "1", false), {
    name: "RemovalError",
    message: 'Cannot remove "app:1" without a word from you: the registry ' +
      `cannot delete a tag alone, only the manifest ${digest}; ` +
      "with it go the tags 2",
    recommendation: "Say --yes if that is what you want",
  });
  assert.deepEqual(small.deleted, []);
  assert.deepEqual(await remove(small, "1", true), {
    repository: "app",
    tags: ["1", "2"],
    digest,
    isDeleted: true,
  });
  assert.deepEqual(small.deleted, [digest]);
});

Deno.test("ImageRemover.remove() takes away tags that outlive their manifest", async () => {
  const small = new SmallRegistry({ tag: 202, digest: 202, keepsTags: true });
  await remove(small, digest, true);
  assert.deepEqual(small.deleted, [digest, "1", "2"]);
});

Deno.test("ImageRemover.remove() names the setting of a registry that deletes nothing", async () => {
  const small = new SmallRegistry({ tag: 405, digest: 405 });
  await assert.rejects(remove(small, "1", true), {
    name: "RemovalError",
    message: `Cannot remove "app@${digest}": ` +
      "the registry deletes nothing (405)",
    recommendation: "Turn it on in the registry (distribution: " +
      "storage.delete.enabled, REGISTRY_STORAGE_DELETE_ENABLED=true)",
  });
});

Deno.test("ImageRemover.remove() believes no registry that still has it", async () => {
  const small = new SmallRegistry({ tag: 202, digest: 202, lies: true });
  await assert.rejects(
    remove(small, "1", false),
    /the registry says that it is deleted, but still has it/,
  );
});
