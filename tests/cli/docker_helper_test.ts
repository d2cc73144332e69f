import { strict as assert } from "node:assert";
import { join } from "node:path";
import { systemCredentialHost } from "../../src/cli/docker_helper.ts";
import { FakeIo } from "./fake_io.ts";

/** Makes a program of a shell script, and gives its path. */
async function withProgram(
  script: string,
  action: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "docker-credential-test");
    await Deno.writeTextFile(path, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    await action(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("systemCredentialHost() speaks the protocol of helpers", async () => {
  await withProgram('echo "$1 $(cat)"; echo why >&2; exit 3', async (path) => {
    const host = systemCredentialHost(new FakeIo());
    assert.deepEqual(await host.runHelper(path, "reg.test"), {
      code: 3,
      stdout: "get reg.test\n",
      stderr: "why\n",
    });
  });
});

Deno.test("systemCredentialHost() bears a helper that reads nothing", async () => {
  await withProgram("exec 0<&-; echo done", async (path) => {
    const host = systemCredentialHost(new FakeIo());
    const { code, stdout } = await host.runHelper(path, "x".repeat(100_000));
    assert.equal(code, 0);
    assert.equal(stdout, "done\n");
  });
});

Deno.test("systemCredentialHost() says when there is no such helper", async () => {
  const host = systemCredentialHost(new FakeIo());
  await assert.rejects(host.runHelper("docker-credential-none", "x"), {
    message: "Cannot run Docker's credential helper " +
      '"docker-credential-none": it is not on PATH',
  });
});

Deno.test("systemCredentialHost() ends a helper that is interrupted", async () => {
  await withProgram("exec sleep 60", async (path) => {
    const io = new FakeIo();
    const running = systemCredentialHost(io).runHelper(path, "x");
    io.interrupt();
    await assert.rejects(running, { name: "AbortError" });
  });
});

Deno.test("systemCredentialHost() reads this computer's files and environment", async () => {
  const host = systemCredentialHost(
    new FakeIo({ env: { HOME: "/home/jane" } }),
  );
  assert.equal(host.env("HOME"), "/home/jane");
  await assert.rejects(host.readFile("/nonexistent/config.json"), {
    name: "HostFileError",
    missing: true,
  });
});
