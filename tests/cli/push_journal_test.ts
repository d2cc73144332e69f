import { strict as assert } from "node:assert";
import { openPushJournal } from "../../src/cli/push_journal.ts";
import type { UploadJournal } from "../../src/registry/upload_journal.ts";
import { FakeIo } from "./fake_io.ts";

const CLUSTER = { server: new URL("https://api.test/"), namespace: "infra" };
const BLOB = { repository: "app", identity: "sha256:aa gzip-1" };
const CHECKPOINT = { location: "/v2/app/blobs/uploads/1", offset: 3_100_000 };

interface Opened {
  readonly journal: UploadJournal | undefined;
  readonly told: string[];
}

function open(
  env: Record<string, string>,
  registry = "k8scr",
  cluster = CLUSTER,
): Opened {
  const told: string[] = [];
  const tell = (message: string) => told.push(message);
  const journal = openPushJournal(registry, {
    cluster,
    io: new FakeIo({ env }),
    display: { note: tell, warn: tell },
  });
  return { journal, told };
}

async function inFolder(
  test: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function leave({ journal }: Opened): Promise<void> {
  const entry = await journal?.open(BLOB);
  entry?.save(CHECKPOINT);
  await entry?.close(false);
}

async function found({ journal }: Opened): Promise<boolean> {
  const entry = await journal?.open(BLOB);
  const known = entry?.checkpoint !== undefined;
  await entry?.close(false);
  return known;
}

Deno.test("openPushJournal() uses XDG_STATE_HOME, and HOME without it", async () => {
  if (Deno.build.os === "windows") return;
  await inFolder(async (folder) => {
    await leave(open({ XDG_STATE_HOME: `${folder}/state`, HOME: folder }));
    assert.equal(
      (await Array.fromAsync(Deno.readDir(`${folder}/state/k8scr`))).length,
      1,
    );
    await leave(open({ XDG_STATE_HOME: "relative", HOME: folder }));
    const home = `${folder}/.local/state/k8scr`;
    assert.equal((await Array.fromAsync(Deno.readDir(home))).length, 1);
  });
});

Deno.test("openPushJournal() keeps nothing for a user without a home", () => {
  if (Deno.build.os === "windows") return;
  assert.equal(open({}).journal, undefined);
});

Deno.test("openPushJournal() tells registries, namespaces and clusters apart", async () => {
  await inFolder(async (folder) => {
    const env = { XDG_STATE_HOME: folder };
    await leave(open(env));
    assert.equal(await found(open(env)), true);
    assert.equal(await found(open(env, "other")), false);
    const namespace = { ...CLUSTER, namespace: "other" };
    assert.equal(await found(open(env, "k8scr", namespace)), false);
    const server = { ...CLUSTER, server: new URL("https://b.test/") };
    assert.equal(await found(open(env, "k8scr", server)), false);
  });
});

Deno.test("openPushJournal() says what is not sent again, and what is", async () => {
  await inFolder(async (folder) => {
    const { journal, told } = open({ XDG_STATE_HOME: folder });
    const entry = await journal?.open(BLOB);
    entry?.resumed({ kind: "resumed", offset: 3_100_000 });
    entry?.resumed({ kind: "lost" });
    entry?.resumed({ kind: "untold" });
    await entry?.close(true);
    assert.deepEqual(told, [
      "An earlier push sent 3.1 MB of sha256:aa: it goes on there",
      "An earlier push of sha256:aa was interrupted, and the registry kept nothing of it: it starts again",
      "An earlier push of sha256:aa was interrupted, and the registry cannot tell what it has of it: it starts again",
    ]);
  });
});

Deno.test("openPushJournal() warns where it cannot write", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/file`;
    await Deno.writeTextFile(file, "");
    const { journal, told } = open({ XDG_STATE_HOME: file });
    assert.equal(await journal?.open(BLOB), undefined);
    assert.equal(told.length, 1);
    const start = `Cannot keep in "${file}/k8scr" where the push stands: `;
    assert.ok(told[0]?.startsWith(start), told[0]);
  });
});
