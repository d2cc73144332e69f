import { strict as assert } from "node:assert";
import {
  kubeFolder,
  locateKubeconfig,
} from "../../src/kube/kubeconfig_location.ts";
import {
  memoryKubeHost,
  type MemoryKubeHostOptions,
} from "./memory_kube_host.ts";

async function paths(
  options: MemoryKubeHostOptions,
  kubeconfig = "",
): Promise<readonly string[]> {
  const host = memoryKubeHost(options);
  return (await locateKubeconfig({ kubeconfig }, host)).paths;
}

Deno.test("locateKubeconfig() prefers the flag, which must exist and is not split", async () => {
  const host = memoryKubeHost({ env: { KUBECONFIG: "/c", HOME: "/home/u" } });
  assert.deepEqual(await locateKubeconfig({ kubeconfig: "a:b" }, host), {
    paths: ["a:b"],
    required: true,
  });
});

Deno.test("locateKubeconfig() splits $KUBECONFIG and leaves the home folder out", async () => {
  const env = { KUBECONFIG: "/b:a::/b:~/c", HOME: "/home/u" };
  assert.deepEqual(await paths({ env }), ["/b", "a", "~/c"]);
});

Deno.test("locateKubeconfig() finds no file when $KUBECONFIG has only separators", async () => {
  assert.deepEqual(await paths({ env: { KUBECONFIG: ":", HOME: "/h" } }), []);
});

Deno.test("locateKubeconfig() falls back to the home folder", async () => {
  const env = { KUBECONFIG: "", HOME: "/home/u" };
  assert.deepEqual(await paths({ env }), ["/home/u/.kube/config"]);
});

Deno.test("locateKubeconfig() is relative without a home", async () => {
  assert.deepEqual(await paths({}), [".kube/config"]);
});

Deno.test("locateKubeconfig() takes the old name where only that is there", async () => {
  const env = { HOME: "/h" };
  const old = { "/h/.kube/.kubeconfig": "" };
  assert.deepEqual(await paths({ env, files: old }), ["/h/.kube/.kubeconfig"]);
  const both = { ...old, "/h/.kube/config": "" };
  assert.deepEqual(await paths({ env, files: both }), ["/h/.kube/config"]);
});

Deno.test("locateKubeconfig() splits at semicolons outside of quotes on Windows", async () => {
  const env = { KUBECONFIG: 'C:\\a;"C:\\b;c";;C:\\d' };
  assert.deepEqual(await paths({ os: "windows", env }), [
    "C:\\a",
    "C:\\b;c",
    "C:\\d",
  ]);
});

Deno.test("kubeFolder() prefers the Windows home that has a kubeconfig", async () => {
  const env = {
    HOME: "H:\\",
    HOMEDRIVE: "C:",
    HOMEPATH: "\\path",
    USERPROFILE: "C:\\profile",
  };
  const os = "windows";
  const cases: [string, string][] = [
    ["C:\\profile\\.kube\\config", "C:\\profile\\.kube"],
    ["C:\\path\\.kube\\config", "C:\\path\\.kube"],
    ["C:\\elsewhere", "H:\\.kube"],
  ];
  for (const [file, folder] of cases) {
    const host = memoryKubeHost({ os, env, files: { [file]: "" } });
    assert.equal(await kubeFolder(host), folder);
  }
  const { USERPROFILE, HOMEDRIVE, HOMEPATH } = env;
  const other = memoryKubeHost({
    os,
    env: { USERPROFILE, HOMEDRIVE, HOMEPATH },
  });
  assert.equal(await kubeFolder(other), "C:\\profile\\.kube");
});
