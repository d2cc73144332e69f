import { strict as assert } from "node:assert";
import type { BlobContent } from "../../src/content/blob_content.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { FileJournal } from "../../src/registry/file_journal.ts";
import {
  type JournaledScope,
  JournaledUploads,
} from "../../src/registry/journaled_upload.ts";
import type {
  JournalEntry,
  UploadJournal,
} from "../../src/registry/upload_journal.ts";
import type { UploadCheckpoint } from "../../src/registry/upload_state.ts";
import { plainTransport } from "../support/plain_transport.ts";
import { blobRegistry } from "./blob_registry.ts";
import { scopeOf, streamOf, TEN_DIGEST, tenBytes } from "./upload_fixture.ts";

const SIZE = 20_000;
const CHUNK = 3_000;

/** A journal in memory that writes down what it is asked. */
class MemoryJournal implements UploadJournal {
  readonly log: string[] = [];
  checkpoint: UploadCheckpoint | undefined;

  open({ repository, identity }: { repository: string; identity: string }) {
    this.log.push(`open ${repository} ${identity}`);
    const entry: JournalEntry = {
      ...this.checkpoint && { checkpoint: this.checkpoint },
      save: (checkpoint) => {
        this.checkpoint = checkpoint;
        const { offset, digest } = checkpoint;
        this.log.push(`save ${offset}${digest ? ", all of it" : ""}`);
      },
      resumed: (outcome) => this.log.push(outcome.kind),
      close: (done) => {
        this.log.push(done ? "done" : "not done");
        return Promise.resolve();
      },
    };
    return Promise.resolve(entry);
  }

  forget({ repository, identity }: { repository: string; identity: string }) {
    this.log.push(`forget ${repository} ${identity}`);
    return Promise.resolve();
  }
}

function contentOf(bytes: Uint8Array): BlobContent {
  return {
    mediaType: "application/octet-stream",
    identity: "diff gzip-1",
    open: () => Promise.resolve(streamOf(bytes, 1_000)),
  };
}

Deno.test("JournaledUploads sends what is missing, and no more, after stops anywhere", async () => {
  await using registry = blobRegistry();
  const folder = await Deno.makeTempDir();
  const bytes = crypto.getRandomValues(new Uint8Array(SIZE));
  const digest = digestOf(bytes);
  let sent = 0;
  for (let stops = 0;; stops++) {
    const journal = new FileJournal({
      directory: folder,
      registry: "r",
      program: "p",
    });
    const controller = new AbortController();
    const transport = plainTransport(registry.address);
    const scope = { ...scopeOf(transport, { chunkSize: CHUNK }), journal };
    let acknowledged = 0;
    try {
      const uploads = new JournaledUploads(scope);
      const blob = await uploads.upload(contentOf(bytes), {
        signal: controller.signal,
        onProgress: (offset) => {
          if (offset % CHUNK !== 0 || offset <= acknowledged) return;
          if (acknowledged > 0 && stops < 3) controller.abort(new Error("X"));
          acknowledged = offset;
        },
      });
      sent += blob.bytesSent;
      assert.ok(blob.bytesSent <= SIZE - 3 * CHUNK, `${blob.bytesSent} sent`);
      assert.equal(blob.digest, digest);
      await uploads.forget([{ mediaType: "", digest, size: SIZE }]);
      break;
    } catch (error) {
      assert.equal(error instanceof Error ? error.message : error, "X");
      assert.ok(stops < 3);
    }
  }
  assert.ok(sent > 0);
  assert.deepEqual(registry.blobs.get(digest), bytes);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  await Deno.remove(folder);
});

/** Uploads to a registry that is there, and returns what the journal heard. */
async function logOf(
  content: BlobContent,
  options: { chunkSize: number; checkpoint?: UploadCheckpoint },
): Promise<readonly string[]> {
  await using registry = blobRegistry();
  const journal = new MemoryJournal();
  journal.checkpoint = options.checkpoint;
  const scope: JournaledScope = {
    ...scopeOf(plainTransport(registry.address), options),
    journal,
  };
  await new JournaledUploads(scope).upload(content, {});
  return journal.log;
}

Deno.test("JournaledUploads writes down the session before the bytes, and forgets it in the end", async () => {
  assert.deepEqual(await logOf(tenBytes(), { chunkSize: 4 }), [
    `open a ${TEN_DIGEST}`,
    "save 0",
    "save 4",
    "save 8",
    "save 10",
    "save 10, all of it",
    "done",
  ]);
});

Deno.test("JournaledUploads remembers the digest that only it knows, until a manifest lists it", async () => {
  await using registry = blobRegistry();
  const journal = new MemoryJournal();
  const bytes = new TextEncoder().encode("abcdefghij");
  const manifest = [{ mediaType: "", digest: TEN_DIGEST, size: 10 }];
  const push = async (chunkSize: number) => {
    journal.log.length = 0;
    const transport = plainTransport(registry.address);
    const scope = { ...scopeOf(transport, { chunkSize }), journal };
    const uploads = new JournaledUploads(scope);
    const { bytesSent } = await uploads.upload(contentOf(bytes), {});
    return { uploads, bytesSent };
  };
  assert.equal((await push(10)).bytesSent, 10);
  assert.deepEqual(journal.log, [
    "open a diff gzip-1",
    "save 10, all of it",
    "not done",
  ]);
  const { uploads, bytesSent } = await push(4);
  assert.equal(bytesSent, 0);
  await uploads.forget(manifest);
  assert.deepEqual(journal.log, [
    "open a diff gzip-1",
    "resumed",
    "save 10, all of it",
    "not done",
    "forget a diff gzip-1",
  ]);
});

Deno.test("JournaledUploads forgets what another push of a listed blob left", async () => {
  const journal = new MemoryJournal();
  const scope = { ...scopeOf(plainTransport("127.0.0.1:1")), journal };
  const listed = { mediaType: "", digest: TEN_DIGEST, size: 10 };
  await new JournaledUploads(scope).forget([listed]);
  assert.deepEqual(journal.log, [`forget a ${TEN_DIGEST}`]);
});

Deno.test("JournaledUploads starts again where the registry forgot", async () => {
  const checkpoint = { location: "/v2/a/blobs/uploads/77", offset: 8 };
  const log = await logOf(tenBytes(), { chunkSize: 8, checkpoint });
  assert.deepEqual(log.slice(1), [
    "lost",
    "save 0",
    "save 8",
    "save 10",
    "save 10, all of it",
    "done",
  ]);
});

Deno.test("JournaledUploads keeps no journal of what goes in one request", async () => {
  assert.deepEqual(await logOf(tenBytes(), { chunkSize: 10 }), []);
});

Deno.test("JournaledUploads keeps no journal of bytes that nothing stands for", async () => {
  const { identity: _, ...content } = contentOf(new Uint8Array(10));
  assert.deepEqual(await logOf(content, { chunkSize: 4 }), []);
});

Deno.test("JournaledUploads leaves a caller alone who keeps checkpoints", async () => {
  await using registry = blobRegistry();
  const journal = new MemoryJournal();
  const transport = plainTransport(registry.address);
  const offsets: number[] = [];
  const scope = { ...scopeOf(transport), journal };
  await new JournaledUploads(scope).upload(tenBytes(), {
    onCheckpoint: ({ offset }) => offsets.push(offset),
  });
  assert.deepEqual(journal.log, []);
  assert.deepEqual(offsets, [0, 4, 8, 10, 10]);
});
