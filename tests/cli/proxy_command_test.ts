import { strict as assert } from "node:assert";
import { runProxyCommand } from "../../src/cli/proxy_command.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

const MODULE = new URL("../../src/cli/proxy_command.ts", import.meta.url);
const IS_WINDOWS = Deno.build.os === "windows";

/** Runs a shell's script as the command of a program of its own. */
async function withProgram(
  script: string,
  action: (process: Deno.ChildProcess) => Promise<void>,
): Promise<void> {
  const path = await Deno.makeTempFile({ suffix: ".ts" });
  await Deno.writeTextFile(
    path,
    `import { runProxyCommand } from "${MODULE}";
const env = { K8SCR_PROXY: "127.0.0.1:1" };
Deno.exit(await runProxyCommand(["sh", "-c", ${
      JSON.stringify(script)
    }], { env }));`,
  );
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-check", "--no-config", "-A", path],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  try {
    await action(process);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test({
  name: "runProxyCommand() has the command's streams, variables and exit code",
  ignore: IS_WINDOWS,
  async fn() {
    await withProgram('echo "at $K8SCR_PROXY"; exit 7', async (process) => {
      const { code, stdout } = await process.output();
      assert.equal(new TextDecoder().decode(stdout), "at 127.0.0.1:1\n");
      assert.equal(code, 7);
    });
  },
});

Deno.test({
  name: "runProxyCommand() passes signals on and outlives them",
  ignore: IS_WINDOWS,
  async fn() {
    const script =
      "trap 'echo term; kill $!; exit 3' TERM; trap 'echo int' INT; " +
      "sleep 60 >/dev/null & echo ready; wait; wait";
    await withProgram(
      script,
      async (process) => {
        const reader = process.stdout.pipeThrough(new TextDecoderStream())
          .getReader();
        assert.equal((await reader.read()).value, "ready\n");
        process.kill("SIGINT");
        assert.equal((await reader.read()).value, "int\n");
        process.kill("SIGTERM");
        assert.equal((await reader.read()).value, "term\n");
        assert.equal((await process.status).code, 3);
        await reader.cancel();
      },
    );
  },
});

Deno.test({
  name:
    "runProxyCommand() ends as a shell does when a signal ended the command",
  ignore: IS_WINDOWS,
  async fn() {
    await withProgram("kill -9 $$", async (process) => {
      const { code } = await process.output();
      assert.equal(code, 137);
    });
  },
});

Deno.test("runProxyCommand() tells when there is no such command", async () => {
  await assert.rejects(
    runProxyCommand(["/no/such/command"], { env: {} }),
    (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(
        error.message,
        'Cannot run "/no/such/command": there is no such command',
      );
      return true;
    },
  );
});
