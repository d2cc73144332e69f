import { strict as assert } from "node:assert";
import { dirname } from "node:path";
import { parseDigest } from "../../src/oci/digest.ts";
import {
  FileJournal,
  type FileJournalOptions,
} from "../../src/registry/file_journal.ts";
import type { JournalEntry } from "../../src/registry/upload_journal.ts";

const BLOB = { repository: "a", identity: "sha256:aa" };
const DAY = 24 * 60 * 60 * 1000;
const START = Date.UTC(2026, 0, 1);

interface Journals {
  readonly folder: string;
  now: number;
  readonly problems: unknown[];
  open(options?: Partial<FileJournalOptions>): FileJournal;
}

async function withJournals(
  test: (journals: Journals) => Promise<void>,
): Promise<void> {
  const parent = await Deno.makeTempDir();
  const folder = `${parent}/state/k8scr`;
  const journals: Journals = {
    folder,
    now: START,
    problems: [],
    open: (options) =>
      new FileJournal({
        directory: folder,
        registry: "registry",
        program: "k8scr 1",
        now: () => journals.now,
        onProblem: (problem) => journals.problems.push(problem),
        ...options,
      }),
  };
  try {
    await test(journals);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

async function entryOf(
  journal: FileJournal,
  blob = BLOB,
): Promise<JournalEntry> {
  const entry = await journal.open(blob);
  assert.ok(entry !== undefined);
  return entry;
}

async function leave(journal: FileJournal, offset: number): Promise<void> {
  const entry = await entryOf(journal);
  entry.save({ location: "/v2/a/blobs/uploads/1", offset });
  await entry.close(false);
}

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].map(({ name }) => name);
}

Deno.test("FileJournal gives the next push what the last one left", async () => {
  await withJournals(async (journals) => {
    await leave(journals.open(), 4);
    const entry = await entryOf(journals.open());
    assert.equal(entry.checkpoint?.location, "/v2/a/blobs/uploads/1");
    assert.equal(entry.checkpoint?.offset, 4);
    await entry.close(true);
    assert.deepEqual(journals.problems, []);
  });
});

Deno.test("FileJournal forgets a blob that is in the registry", async () => {
  await withJournals(async (journals) => {
    const entry = await entryOf(journals.open());
    entry.save({ location: "/v2/a/blobs/uploads/1", offset: 4 });
    await entry.close(true);
    assert.deepEqual(namesIn(journals.folder), []);
  });
});

Deno.test("FileJournal forgets what it is told to, if there is anything", async () => {
  await withJournals(async (journals) => {
    await leave(journals.open(), 4);
    await journals.open({ registry: "another" }).forget(BLOB);
    assert.equal(namesIn(journals.folder).length, 1);
    await journals.open().forget(BLOB);
    assert.deepEqual(namesIn(journals.folder), []);
    await journals.open().forget(BLOB);
    assert.deepEqual(journals.problems, []);
  });
});

Deno.test("FileJournal leaves no file of an upload that never began", async () => {
  await withJournals(async (journals) => {
    await (await entryOf(journals.open())).close(false);
    assert.deepEqual(namesIn(journals.folder), []);
  });
});

Deno.test("FileJournal keeps a file that nothing was added to", async () => {
  await withJournals(async (journals) => {
    await leave(journals.open(), 4);
    await (await entryOf(journals.open())).close(false);
    const entry = await entryOf(journals.open());
    assert.equal(entry.checkpoint?.offset, 4);
    await entry.close(true);
  });
});

Deno.test("FileJournal knows nothing of another blob, registry or program", async () => {
  await withJournals(async (journals) => {
    await leave(journals.open(), 4);
    const others = [
      await entryOf(journals.open({ registry: "another" })),
      await entryOf(journals.open({ program: "another" })),
      await entryOf(journals.open(), { ...BLOB, repository: "b" }),
      await entryOf(journals.open(), { ...BLOB, identity: "sha256:bb" }),
    ];
    for (const other of others) {
      assert.equal(other.checkpoint, undefined);
      await other.close(true);
    }
  });
});

Deno.test("FileJournal writes at once, then once in a second, and at the end", async () => {
  await withJournals(async (journals) => {
    const entry = await entryOf(journals.open());
    const [name = ""] = namesIn(journals.folder);
    const offset = async () => {
      const text = await Deno.readTextFile(`${journals.folder}/${name}`);
      return JSON.parse(text.split("\n")[0] ?? "").offset;
    };
    const location = "/v2/a/blobs/uploads/1";
    entry.save({ location, offset: 100 });
    entry.save({ location, offset: 200 });
    await entry.close(false);
    assert.equal(await offset(), 200);
    const next = await entryOf(journals.open());
    journals.now += 999;
    next.save({ location, offset: 300 });
    next.save({ location, offset: 400 });
    await next.close(false);
    assert.equal(await offset(), 400);
  });
});

Deno.test("FileJournal writes at once that all of a blob is there", async () => {
  await withJournals(async (journals) => {
    const entry = await entryOf(journals.open());
    const [name = ""] = namesIn(journals.folder);
    // What was written can still be read when the file is gone.
    const file = await Deno.open(`${journals.folder}/${name}`);
    const digest = parseDigest(`sha256:${"0".repeat(64)}`);
    const location = "/v2/a/blobs/uploads/1";
    entry.save({ location, offset: 1 });
    entry.save({ location, offset: 2, digest });
    await entry.close(true);
    const text = await new Response(file.readable).text();
    assert.ok(text.includes(digest), text);
  });
});

Deno.test("FileJournal believes no record that the registry has purged by now", async () => {
  await withJournals(async (journals) => {
    await leave(journals.open(), 4);
    journals.now += 6 * DAY - 1;
    const young = await entryOf(journals.open());
    assert.equal(young.checkpoint?.offset, 4);
    await young.close(false);
    journals.now += 1;
    const old = await entryOf(journals.open());
    assert.equal(old.checkpoint, undefined);
    await old.close(false);
  });
});

Deno.test("FileJournal takes away files that nobody came back for, and no others", async () => {
  await withJournals(async (journals) => {
    await leave(journals.open(), 4);
    const [name = ""] = namesIn(journals.folder);
    await Deno.writeTextFile(`${journals.folder}/notes`, "mine");
    for (const file of [name, "notes"]) {
      await Deno.utime(`${journals.folder}/${file}`, 0, 0);
    }
    const entry = await entryOf(journals.open(), { ...BLOB, identity: "x" });
    await entry.close(true);
    assert.deepEqual(namesIn(journals.folder), ["notes"]);
  });
});

Deno.test("FileJournal keeps a second push of the same blob out of it", async () => {
  await withJournals(async (journals) => {
    const first = await entryOf(journals.open());
    assert.equal(await journals.open().open(BLOB), undefined);
    assert.deepEqual(journals.problems, []);
    await first.close(true);
  });
});

Deno.test("FileJournal tells once that nothing can be kept, and fails nobody", async () => {
  await withJournals(async (journals) => {
    await Deno.mkdir(dirname(journals.folder));
    await Deno.writeTextFile(journals.folder, "a file");
    const journal = journals.open();
    assert.equal(await journal.open(BLOB), undefined);
    assert.equal(await journal.open(BLOB), undefined);
    assert.equal(journals.problems.length, 1);
  });
});

Deno.test("FileJournal tells of a folder that goes away, and fails nobody", async () => {
  await withJournals(async (journals) => {
    const entry = await entryOf(journals.open());
    await Deno.remove(journals.folder, { recursive: true });
    await entry.close(true);
    assert.equal(journals.problems.length, 1);
  });
});

Deno.test("FileJournal is private to the user", async () => {
  if (Deno.build.os === "windows") return;
  await withJournals(async (journals) => {
    await leave(journals.open(), 4);
    const { mode } = await Deno.stat(journals.folder);
    assert.equal((mode ?? 0) & 0o777, 0o700);
  });
});

Deno.test("FileJournal says what came of going on", async () => {
  await withJournals(async (journals) => {
    const told: unknown[] = [];
    const journal = journals.open({
      onResume: (blob, outcome) => told.push([blob, outcome]),
    });
    const entry = await entryOf(journal);
    entry.resumed({ kind: "lost" });
    await entry.close(true);
    assert.deepEqual(told, [[BLOB, { kind: "lost" }]]);
  });
});
