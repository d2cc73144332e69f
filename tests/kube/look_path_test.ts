import { strict as assert } from "node:assert";
import { lookPath } from "../../src/kube/look_path.ts";
import { memoryKubeHost } from "./memory_kube_host.ts";

Deno.test("lookPath() takes the first executable on PATH", async () => {
  const host = memoryKubeHost({
    env: { PATH: "/a:/b:/c" },
    files: { "/a/plugin": "not executable" },
    executables: ["/b/plugin", "/c/plugin"],
  });
  assert.equal(await lookPath("plugin", host), "/b/plugin");
  assert.equal(await lookPath("other", host), undefined);
});

Deno.test("lookPath() does not look a path up", async () => {
  const host = memoryKubeHost({
    cwd: "/work",
    env: { PATH: "/work" },
    executables: ["/work/bin/plugin"],
  });
  assert.equal(await lookPath("bin/plugin", host), "/work/bin/plugin");
  assert.equal(await lookPath("/work/bin/plugin", host), "/work/bin/plugin");
  assert.equal(await lookPath("/work/plugin", host), undefined);
});

Deno.test("lookPath() refuses what it finds through the working directory", async () => {
  const executables = ["/work/plugin", "/b/plugin"];
  for (const PATH of [":/b", ".:/b", "../work:/b"]) {
    const host = memoryKubeHost({ env: { PATH }, executables });
    assert.equal(await lookPath("plugin", host), undefined, PATH);
  }
});

Deno.test("lookPath() without PATH finds nothing", async () => {
  const host = memoryKubeHost({ executables: ["/bin/plugin"] });
  assert.equal(await lookPath("plugin", host), undefined);
});

Deno.test("lookPath() adds the extensions of Windows", async () => {
  const host = memoryKubeHost({
    os: "windows",
    cwd: "C:\\work",
    env: { PATH: "C:\\a;C:\\b" },
    executables: ["C:\\b\\plugin.exe", "C:\\b\\script.cmd"],
  });
  assert.equal(await lookPath("plugin", host), "C:\\b\\plugin.exe");
  assert.equal(await lookPath("plugin.exe", host), "C:\\b\\plugin.exe");
  assert.equal(await lookPath("script", host), "C:\\b\\script.cmd");
  assert.equal(await lookPath("C:\\b\\plugin", host), "C:\\b\\plugin.exe");
});
