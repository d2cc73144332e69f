import { strict as assert } from "node:assert";
import { copyCommand } from "../../src/cli/commands/copy.ts";
import {
  isSameRegistry,
  openCopyRegistry,
} from "../../src/cli/copy_registry.ts";
import { readCopySettings } from "../../src/cli/copy_settings.ts";
import { startRegistryServer } from "../../src/server/registry_server.ts";
import { tempDir } from "../support/temp_dir.ts";
import { callOf } from "./command_call.ts";
import { FakeIo } from "./fake_io.ts";
import { PodProxyServer } from "./pod_proxy_server.ts";

const SILENT = {
  onEvent: () => {},
  note: () => {},
  warn: () => {},
  trace: () => {},
  close: () => {},
};

function read(...args: string[]) {
  return readCopySettings(callOf(copyCommand, ...args));
}

Deno.test("isSameRegistry() knows one registry at both ends", async () => {
  const same = async (...args: string[]) => isSameRegistry(await read(...args));
  assert.equal(await same("a", "b"), true);
  assert.equal(await same("a", "b", "-n", "x", "--to-namespace", "x"), true);
  assert.equal(await same("a", "b", "--to-namespace", "x"), false);
  assert.equal(await same("a", "context:west/b"), false);
  assert.equal(await same("registry:h/a", "registry:h/b"), true);
  assert.equal(await same("registry:h/a", "registry:i/b"), false);
  assert.equal(await same("registry:h/a", "b"), false);
  assert.equal(await same("a", "oci:dir"), false);
});

Deno.test("openCopyRegistry() opens a registry in a cluster", async () => {
  await using cluster = await PodProxyServer.start();
  const { source, from } = await read("a:1", "b");
  assert.ok(source.kind === "cluster");
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  using opened = await openCopyRegistry(source, {
    link: from,
    plainHttp: false,
    stdinTaken: false,
    io,
    display: SILENT,
  });
  assert.equal(opened.title, "k8scr");
  assert.equal(opened.repositoryName("app"), "app");
  assert.equal(opened.registry.repository("app").location, "app");
});

Deno.test("openCopyRegistry() opens a registry by its host", async () => {
  await using folder = await tempDir();
  const server = await startRegistryServer({ dataDir: folder.path });
  try {
    const { host } = new URL(server.url);
    const { source, from } = await read(`registry:${host}/a:1`, "b");
    assert.ok(source.kind === "external");
    using opened = await openCopyRegistry(source, {
      link: from,
      plainHttp: false,
      stdinTaken: false,
      io: new FakeIo(),
      display: SILENT,
    });
    assert.equal(opened.title, host);
  } finally {
    await server.shutdown();
  }
});
