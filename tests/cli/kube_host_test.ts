import { strict as assert } from "node:assert";
import { systemKubeHost } from "../../src/cli/kube_host.ts";
import type { HostFileError } from "../../src/kube/kube_host.ts";

const HOST = systemKubeHost({ stdinTaken: true });

async function withFolder(
  action: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("systemKubeHost() is this machine", () => {
  assert.equal(HOST.os, Deno.build.os);
  assert.equal(HOST.cwd, Deno.cwd());
  assert.equal(HOST.stdinTaken, true);
  assert.equal(HOST.stdinIsTerminal, Deno.stdin.isTerminal());
  assert.equal(HOST.env("PATH"), Deno.env.get("PATH"));
  assert.equal(HOST.env("K8SCR_NO_SUCH_VARIABLE"), undefined);
  assert.equal(HOST.environment().PATH, Deno.env.get("PATH"));
  const before = Date.now();
  const now = HOST.now();
  assert.ok(before <= now && now <= Date.now());
});

Deno.test("systemKubeHost() reads files and tells why not", async () => {
  await withFolder(async (folder) => {
    await Deno.writeFile(`${folder}/file`, new Uint8Array([1, 2]));
    assert.deepEqual(
      [...await HOST.readFile(`${folder}/file`)],
      [1, 2],
    );
    const reasons = {
      [`${folder}/gone`]: ["no such file or directory", true],
      [folder]: ["is a directory", false],
      [`${folder}/file/x`]: ["not a directory", false],
    };
    for (const [path, [reason, missing]] of Object.entries(reasons)) {
      await assert.rejects(HOST.readFile(path), (error: HostFileError) => {
        assert.equal(error.name, "HostFileError");
        assert.equal(error.message, reason);
        assert.equal(error.missing, missing);
        assert.ok(error.cause instanceof Error);
        return true;
      });
    }
  });
});

Deno.test("systemKubeHost() tells files from executables and folders", async () => {
  await withFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/file`, "", { mode: 0o644 });
    await Deno.writeTextFile(`${folder}/program`, "", { mode: 0o755 });
    await Deno.symlink(`${folder}/program`, `${folder}/link`);
    const names = ["file", "program", "link", "gone", "file/x", ""];
    const seen = await Promise.all(names.map(async (name) => {
      const path = `${folder}/${name}`;
      return [name, await HOST.isFile(path), await HOST.isExecutable(path)];
    }));
    assert.deepEqual(seen, [
      ["file", true, false],
      ["program", true, true],
      ["link", true, true],
      ["gone", false, false],
      ["file/x", false, false],
      ["", false, false],
    ]);
  });
});

Deno.test("systemKubeHost() runs a program with this environment and no other", async () => {
  const { code, stdout } = await HOST.run("/bin/sh", {
    args: ["-c", 'echo "$A|$HOME|$(cat)"; exit 3'],
    env: { A: "b" },
    stdin: "null",
  });
  assert.equal(code, 3);
  assert.equal(new TextDecoder().decode(stdout), "b||\n");
});

Deno.test("systemKubeHost() tells that there is no such program", async () => {
  const options = { args: [], env: {}, stdin: "null" } as const;
  await assert.rejects(HOST.run("/nonexistent/program", options), {
    name: "HostFileError",
    message: "no such file or directory",
    missing: true,
  });
});
