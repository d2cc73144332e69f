/**
 * Kills a registry again and again while clients push to it: nothing that was
 * acknowledged may be lost, nothing half may be seen, and the clients' pushes
 * go on and end well.
 */
import { strict as assert } from "node:assert";
import { type Digest, digestOf } from "../../src/oci/digest.ts";
import { checkStore } from "../../src/server/store_check.ts";
import { ServerProcess } from "./server_process.ts";
import {
  bytesOf,
  imageManifest,
  MANIFEST,
  withDirectory,
} from "./registry_fixture.ts";

/** How often the server is killed; more by hand: `K8SCR_KILLS=50`. */
const KILLS = Number(Deno.env.get("K8SCR_KILLS") ?? 4);
const CLIENTS = 3;
/** How much is looked at after each kill; all of it is at the end. */
const RECENT = 10;
const BLOB_SIZE = 400_000;
const CHUNK_SIZE = 90_000;

/** An answer, or `undefined` when the server went away meanwhile. */
async function send(
  server: ServerProcess,
  path: string,
  init: RequestInit,
): Promise<
  { status: number; headers: Headers; bytes: Uint8Array } | undefined
> {
  try {
    const response = await fetch(server.url + path, init);
    const { status, headers } = response;
    return { status, headers, bytes: await response.bytes() };
  } catch (error) {
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

/** A client that pushes one image after the other and resumes what breaks. */
class Pusher {
  readonly acknowledgedBlobs = new Set<Digest>();
  readonly acknowledgedTags = new Map<string, Digest>();
  readonly repository: string;
  readonly #server: ServerProcess;
  stopped = false;

  constructor(server: ServerProcess, repository: string) {
    this.#server = server;
    this.repository = repository;
  }

  async run(): Promise<void> {
    for (let round = 0; !this.stopped; round++) {
      const bytes = new Uint8Array(BLOB_SIZE);
      const mark = new TextEncoder().encode(`${this.repository} ${round} `);
      for (let at = 0; at < BLOB_SIZE; at += 64) bytes.set(mark, at);
      const digest = await this.#pushBlob(bytes);
      await this.#pushManifest(`v${round}`, digest);
    }
  }

  async #pushBlob(bytes: Uint8Array<ArrayBuffer>): Promise<Digest> {
    const digest = digestOf(bytes);
    const base = `/v2/${this.repository}/blobs`;
    let location: string | undefined;
    for (;;) {
      const head = await this.#send(`${base}/${digest}`, { method: "HEAD" });
      if (head.status === 200) break;
      if (location === undefined) {
        const post = await this.#send(`${base}/uploads/`, { method: "POST" });
        location = post.headers.get("location") ?? undefined;
      }
      if (location === undefined) continue;
      if (!await this.#sendChunks(location, bytes)) location = undefined;
    }
    this.acknowledgedBlobs.add(digest);
    return digest;
  }

  /** Sends what is missing; returns whether the session is still there. */
  async #sendChunks(
    location: string,
    bytes: Uint8Array<ArrayBuffer>,
  ): Promise<boolean> {
    const state = await this.#send(location, { method: "GET" });
    if (state.status !== 204) return false;
    const last = Number(state.headers.get("range")?.split("-")[1]);
    let offset = last === 0 ? 0 : last + 1;
    while (offset < bytes.length) {
      const end = Math.min(offset + CHUNK_SIZE, bytes.length);
      const patch = await send(this.#server, location, {
        method: "PATCH",
        headers: { "content-range": `${offset}-${end - 1}` },
        body: bytes.slice(offset, end),
      });
      // Killed in the middle: the session says how far it came.
      if (patch === undefined) return true;
      if (patch.status !== 202) return patch.status === 416;
      assert.equal(patch.headers.get("range"), `0-${end - 1}`);
      offset = end;
    }
    const put = await send(
      this.#server,
      `${location}?digest=${digestOf(bytes)}`,
      { method: "PUT" },
    );
    if (put !== undefined) assert.ok([201, 404].includes(put.status));
    return put === undefined;
  }

  async #pushManifest(tag: string, config: Digest): Promise<void> {
    const document = imageManifest({ config, annotations: { tag } });
    const put = await this.#send(`/v2/${this.repository}/manifests/${tag}`, {
      method: "PUT",
      headers: { "content-type": MANIFEST },
      body: document,
    });
    assert.equal(put.status, 201, new TextDecoder().decode(put.bytes));
    this.acknowledgedTags.set(tag, digestOf(bytesOf(document)));
  }

  /** Sends until there is an answer. */
  async #send(path: string, init: RequestInit) {
    for (;;) {
      const answer = await send(this.#server, path, init);
      if (answer !== undefined) return answer;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** Looks at what was acknowledged, or at the last of it. */
async function assertThere(
  server: ServerProcess,
  { repository, acknowledgedBlobs, acknowledgedTags }: Pusher,
  last = Infinity,
): Promise<void> {
  for (const digest of [...acknowledgedBlobs].slice(-last)) {
    const path = `/v2/${repository}/blobs/${digest}`;
    const blob = await send(server, path, { method: "GET" });
    assert.equal(blob?.status, 200, `The blob "${digest}" is lost`);
    assert.equal(digestOf(blob.bytes), digest);
  }
  for (const [tag, digest] of [...acknowledgedTags].slice(-last)) {
    const path = `/v2/${repository}/manifests/${tag}`;
    const manifest = await send(server, path, { method: "GET" });
    assert.equal(manifest?.status, 200, `The tag "${tag}" is lost`);
    assert.equal(digestOf(manifest.bytes), digest);
  }
}

Deno.test("a registry that is killed loses nothing it acknowledged", async () => {
  await withDirectory(async (directory) => {
    const server = new ServerProcess(directory);
    await server.start();
    const pushers = Array.from(
      { length: CLIENTS },
      (_, index) => new Pusher(server, `client/${index}`),
    );
    const running = Promise.all(pushers.map((pusher) => pusher.run()));
    for (let kill = 0; kill < KILLS; kill++) {
      // At another instant of the pushes each time.
      const pause = 40 + Math.random() * 200;
      await new Promise((resolve) => setTimeout(resolve, pause));
      await server.kill();
      await server.start();
      await Promise.all(pushers.map((it) => assertThere(server, it, RECENT)));
    }
    for (const pusher of pushers) pusher.stopped = true;
    await running;
    for (const pusher of pushers) {
      assert.ok(pusher.acknowledgedTags.size > 0, "Nothing was pushed");
      await assertThere(server, pusher);
    }
    await server.kill();
    const report = await checkStore(`${directory}/data`);
    assert.deepEqual(report.problems, []);
  });
});
