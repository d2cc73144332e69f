/**
 * The server is killed again and again while clients push: what it acknowledged
 * is there after each start, and the pushes go on and end well.
 */
import { strict as assert } from "node:assert";
import { randomFillSync } from "node:crypto";
import { join } from "node:path";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import type { BlobContent } from "../../src/content/blob_content.ts";
import { Registry } from "../../src/registry/registry.ts";
import type { Repository } from "../../src/registry/repository.ts";
import { describe, toJson } from "../support/images.ts";
import { plainTransport } from "../support/plain_transport.ts";
import { Scratch } from "./support/scratch.ts";
import { assertSound, ServeProcess } from "./support/serve_process.ts";

const KILLS = 50;
const CLIENTS = 3;
const LAYER_SIZE = 6_000_000;
const CHUNK_SIZE = 1_000_000;
/** What is read through the server after each kill; all of it is at the end. */
const RECENT = 5;
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.oci.image.config.v1+json";
const LAYER = "application/vnd.oci.image.layer.v1.tar";

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

/** A client that pushes one image after the other. */
class Pusher {
  readonly repository: Repository;
  /** Blobs and tags, by their path in the repository. */
  readonly acknowledged: [path: string, digest: Digest][] = [];
  /** Uploads that a kill broke. */
  broken = 0;
  stopped = false;
  readonly #registry: Registry;

  constructor(address: string, name: string) {
    this.#registry = new Registry(plainTransport(address), {
      chunkSize: CHUNK_SIZE,
      retry: { baseDelay: 20, maxDelay: 200, onRetry: () => this.broken++ },
    });
    this.repository = this.#registry.repository(name);
  }

  async run(): Promise<void> {
    for (let round = 0; !this.stopped; round++) await this.#pushImage(round);
  }

  async #pushImage(round: number): Promise<void> {
    const layer = randomFillSync(new Uint8Array(LAYER_SIZE));
    const config = toJson({ round, name: this.repository.location });
    const parts = [[config, CONFIG], [layer, LAYER]] as const;
    for (const [bytes, mediaType] of parts) {
      const { descriptor } = await this.repository.push(
        contentOf(bytes, mediaType),
      );
      const { digest } = descriptor;
      this.acknowledged.push([`blobs/${digest}`, digest]);
    }
    const manifest = toJson({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: describe(config, CONFIG),
      layers: [describe(layer, LAYER)],
    });
    const descriptor = describe(manifest, MANIFEST);
    await this.repository.pushManifest(descriptor, manifest);
    await this.repository.tag(descriptor, manifest, `v${round}`);
    this.acknowledged.push([`manifests/v${round}`, descriptor.digest]);
  }

  /** Asks for all that was acknowledged, and reads the last of it. */
  async assertThere(address: string, last = Infinity): Promise<void> {
    const base = `http://${address}/v2/${this.repository.location}`;
    const all = [...this.acknowledged];
    for (const [path, digest] of all) {
      const { status, headers } = await fetch(`${base}/${path}`, {
        method: "HEAD",
      });
      assert.equal(status, 200, `"${path}" is lost`);
      assert.equal(headers.get("docker-content-digest"), digest);
    }
    for (const [path, digest] of all.slice(-last)) {
      const bytes = await (await fetch(`${base}/${path}`)).bytes();
      assert.equal(digestOf(bytes), digest);
    }
  }
}

function contentOf(
  bytes: Uint8Array<ArrayBuffer>,
  mediaType: string,
): BlobContent {
  return {
    ...describe(bytes, mediaType),
    // A copy, for a reader may take the memory of the pieces.
    open: (offset = 0) =>
      Promise.resolve(ReadableStream.from([bytes.slice(offset)])),
  };
}

Deno.test(`serve that is killed ${KILLS} times loses nothing`, async () => {
  const server = new ServeProcess(join(await scratch.folder("kill"), "data"));
  const { address } = server;
  await server.start();
  const pushers = Array.from(
    { length: CLIENTS },
    (_, index) => new Pusher(address, `client/${index}`),
  );
  const running = Promise.all(pushers.map((pusher) => pusher.run()));
  for (let kill = 0; kill < KILLS; kill++) {
    // At another instant of the pushes each time.
    const pause = 50 + Math.random() * 400;
    await new Promise((resolve) => setTimeout(resolve, pause));
    await server.kill();
    await assertSound(server);
    await server.start();
    await Promise.all(pushers.map((it) => it.assertThere(address, RECENT)));
  }
  for (const pusher of pushers) pusher.stopped = true;
  await running;
  for (const pusher of pushers) {
    assert.ok(pusher.acknowledged.length > 0, "Nothing was pushed");
    assert.ok(pusher.broken > 0, "No kill hit a push");
    await pusher.assertThere(address);
  }
  assert.equal(await server.stop(), 0);
  await assertSound(server);
});
