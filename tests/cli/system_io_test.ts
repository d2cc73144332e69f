import { strict as assert } from "node:assert";

const MODULE = new URL("../../src/cli/system_io.ts", import.meta.url);

/** Runs a piece of a program that has a `SystemIo` called `io`. */
async function withProgram(
  body: string,
  action: (process: Deno.ChildProcess) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    path,
    `import { SystemIo } from "${MODULE}";
const io = new SystemIo();
${body}`,
  );
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-config", "-A", path],
    env: { TMPDIR: "/some/where" },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  try {
    await action(process);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("SystemIo writes in order without being waited for", async () => {
  const body = `
for (let i = 0; i < 100; i++) io.stdout.write(i + " ");
await io.stdout.write(new TextEncoder().encode("end"));
await io.stderr.write(io.tempDir + " " + io.stdout.isTerminal);
Deno.exit(0);`;
  await withProgram(body, async (process) => {
    const { code, stdout, stderr } = await process.output();
    assert.equal(code, 0);
    const numbers = Array.from({ length: 100 }, (_, i) => `${i} `).join("");
    assert.equal(new TextDecoder().decode(stdout), `${numbers}end`);
    assert.equal(new TextDecoder().decode(stderr), "/some/where false");
  });
});

Deno.test("SystemIo ends quietly when its reader has gone", async () => {
  const body = `
for (let i = 0; i < 100 && !io.stdout.isClosed; i++) {
  await io.stdout.write("x".repeat(100_000));
}
await io.stdout.write("more");
Deno.exit(io.stdout.isClosed ? 7 : 1);`;
  await withProgram(body, async (process) => {
    await process.stdout.cancel();
    const [{ code }, stderr] = await Promise.all([
      process.status,
      new Response(process.stderr).text(),
    ]);
    assert.equal(code, 7);
    assert.equal(stderr, "");
  });
});

Deno.test({
  name: "SystemIo aborts at the first signal and ends at the second",
  ignore: Deno.build.os === "windows",
  async fn() {
    const body = `
io.signal.addEventListener("abort", () => io.stdout.write("aborted"));
await io.stdout.write("ready");
setInterval(() => {}, 1000);`;
    await withProgram(body, async (process) => {
      const reader = process.stdout.pipeThrough(new TextDecoderStream())
        .getReader();
      assert.equal((await reader.read()).value, "ready");
      process.kill("SIGINT");
      assert.equal((await reader.read()).value, "aborted");
      process.kill("SIGINT");
      assert.equal((await process.status).signal, "SIGINT");
      assert.equal((await reader.read()).done, true);
      await process.stderr.cancel();
    });
  },
});

Deno.test({
  name: "SystemIo calls back at SIGUSR1 until it is told not to",
  ignore: Deno.build.os === "windows",
  async fn() {
    const body = `
const stop = io.onUserSignal(() => {
  stop();
  io.stdout.write("called");
});
await io.stdout.write("ready");
setInterval(() => {}, 1000);`;
    await withProgram(body, async (process) => {
      const reader = process.stdout.pipeThrough(new TextDecoderStream())
        .getReader();
      assert.equal((await reader.read()).value, "ready");
      process.kill("SIGUSR1");
      assert.equal((await reader.read()).value, "called");
      process.kill("SIGUSR1");
      assert.equal((await process.status).signal, "SIGUSR1");
      assert.equal((await reader.read()).done, true);
      await process.stderr.cancel();
    });
  },
});
