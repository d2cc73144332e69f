import { strict as assert } from "node:assert";
import { JournalFile } from "../../src/registry/journal_file.ts";

async function withPath(test: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(`${folder}/entry.json`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function lock(path: string): Promise<JournalFile> {
  // On Deno 2.6 the lock goes through a refused one on its way.
  const file = await JournalFile.lock(path, 30_000);
  assert.ok(file !== undefined);
  return file;
}

Deno.test("JournalFile keeps a line, and the end of a longer one after it", async () => {
  await withPath(async (path) => {
    const file = await lock(path);
    assert.equal(await file.read(), "");
    await file.write("a long line\n");
    await file.write("short\n");
    file.close();
    const again = await lock(path);
    assert.equal(await again.read(), "short\n line\n");
    again.close();
  });
});

Deno.test("JournalFile shows its content to nobody else", async () => {
  if (Deno.build.os === "windows") return;
  await withPath(async (path) => {
    (await lock(path)).close();
    const { mode } = await Deno.stat(path);
    assert.equal((mode ?? 0) & 0o777, 0o600);
  });
});

Deno.test("JournalFile goes to one at a time, and to the next after that", async () => {
  await withPath(async (path) => {
    const first = await lock(path);
    assert.equal(await JournalFile.lock(path), undefined);
    await first.remove();
    first.close();
    (await lock(path)).close();
  });
});

Deno.test("JournalFile goes to the next when a process was killed", async () => {
  await withPath(async (path) => {
    const script = `
      const file = await Deno.open(${JSON.stringify(path)}, {
        write: true, create: true,
      });
      await file.lock(true);
      console.log("locked");
      setTimeout(() => {}, 60_000);`;
    const process = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", script],
      stdout: "piped",
    }).spawn();
    const reader = process.stdout.getReader();
    await reader.read();
    const refused = await JournalFile.lock(path);
    process.kill("SIGKILL");
    await process.status;
    await reader.cancel();
    assert.equal(refused, undefined);
    (await lock(path)).close();
  });
});
