import { strict as assert } from "node:assert";
import { join } from "node:path";
import { cuttingProxy } from "../support/cutting_proxy.ts";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { kubeconfigOf, withNamespace } from "./support/cluster.ts";
import { succeed } from "./support/command.ts";
import { writeManyPlatforms } from "./support/many_platforms.ts";
import { type ProgramOptions, runProgram } from "./support/program.ts";
import { assertDone, push } from "./support/pushes.ts";
import { crane } from "./support/readers.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

async function withRegistry(
  action: (registry: Registry, folder: string) => Promise<void>,
): Promise<void> {
  await withNamespace("copy", async (namespace) => {
    const folder = await scratch.folder(namespace);
    await action(await startRegistry(namespace), folder);
  });
}

async function copy(
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<string> {
  const result = await runProgram(["copy", ...args], options);
  assertDone(result);
  assert.deepEqual(result.temporary, [], "something was put into $TMPDIR");
  return result.stdout;
}

async function digestOf(registry: Registry, name: string): Promise<string> {
  return (await crane("digest", `${registry.address}/${name}`)).trim();
}

Deno.test("copy within a registry moves nothing", async () => {
  await withRegistry(async (registry, folder) => {
    const path = join(folder, "big.tar");
    const layer = { filling: "noise", size: 32 * MEBIBYTE } as const;
    await writeBigImage(path, "big/app:1", [layer]);
    assertDone(await push(registry, [path, "--compression", "none"]));
    const { port } = new URL(
      await succeed([
        ...["kubectl", "--kubeconfig", kubeconfigOf("admin")],
        ...["config", "view", "-o", "jsonpath={.clusters[0].cluster.server}"],
      ]),
    );
    await using proxy = cuttingProxy(`127.0.0.1:${port}`);
    await copy([
      ...["big/app:1", "other/app:2", "-s", `https://${proxy.address}`],
      ...["-r", registry.target, "-n", registry.namespace],
    ]);
    const moved = proxy.sent + proxy.received;
    assert.ok(moved < 200_000, `${moved} bytes travelled`);
    assert.equal(
      await digestOf(registry, "other/app:2"),
      await digestOf(registry, "big/app:1"),
    );
  });
});

Deno.test("copy brings all tags of a repository from one namespace to another", async () => {
  await withRegistry(async (from, folder) => {
    await withRegistry(async (to) => {
      const layout = join(folder, "many");
      const many = await writeManyPlatforms(layout, "many/app:1");
      assertDone(await push(from, [layout]));
      assertDone(await push(from, [layout, "--as", "many/app:2"]));
      const stdout = await copy([
        ...["many/app", "copied/app", "--all", "-r", from.target],
        ...["--from-namespace", from.namespace],
        ...["--to-namespace", to.namespace],
      ]);
      const { digest } = many.index.descriptor;
      assert.equal(
        stdout,
        `copied/app:1@${digest}\ncopied/app:2@${digest}\n`,
      );
      assert.equal(await digestOf(to, "copied/app:2"), digest);
      for (const part of [many.sbom, many.attestation]) {
        await crane("manifest", `${to.address}/copied/app@${part}`);
      }
    });
  });
});

Deno.test("copy brings an image from one context to another", async () => {
  await withRegistry(async (east, folder) => {
    await withRegistry(async (west) => {
      const config = JSON.parse(
        await succeed([
          ...["kubectl", "--kubeconfig", kubeconfigOf("admin"), "config"],
          ...["view", "--raw", "--flatten", "-o", "json"],
        ]),
      );
      const [{ context }] = config.contexts;
      config.contexts = [
        { name: "east", context: { ...context, namespace: east.namespace } },
        { name: "west", context: { ...context, namespace: west.namespace } },
      ];
      config["current-context"] = "east";
      const path = join(folder, "kubeconfig");
      await Deno.writeTextFile(path, JSON.stringify(config));
      const env = { KUBECONFIG: path };
      const image = await makeScriptImage(folder, "moved");
      assertDone(await push(east, [image]));
      const flags = ["-r", east.target];
      await copy(
        ["context:east/forms/moved:1", "context:west/app", ...flags],
        { env },
      );
      await copy(
        ["forms/moved:1", "app:2", "--to-context", "west", ...flags],
        { env },
      );
      const digest = await digestOf(east, "forms/moved:1");
      assert.equal(await digestOf(west, "app:1"), digest);
      assert.equal(await digestOf(west, "app:2"), digest);
    });
  });
});

Deno.test("copy speaks to a registry outside of the cluster, and to files", async () => {
  await withRegistry(async (registry, folder) => {
    const image = await makeScriptImage(folder, "files");
    assertDone(await push(registry, [image]));
    const flags = ["-r", registry.target, "-n", registry.namespace];
    const digest = await digestOf(registry, "forms/files:1");
    const outside = `registry:${registry.address}/outside/app`;
    await copy(["forms/files:1", outside, "--plain-http", ...flags]);
    assert.equal(await digestOf(registry, "outside/app:1"), digest);
    const chain = [
      ["oci-archive", "a.tar"],
      ["docker-archive", "b.tar"],
      ["oci", "layout"],
    ].map(([word, name = ""]) => `${word}:${join(folder, name)}`);
    let source = `${outside}:1`;
    for (const target of chain) {
      const stdout = await copy([source, target, "--plain-http"]);
      assert.ok(stdout.includes(`@${digest}  `), stdout);
      // Read as what it is, not as what it also is.
      source = target.replace(/^[a-z-]+:/, "");
    }
    await copy([source, "back/app:9", ...flags]);
    assert.equal(await digestOf(registry, "back/app:9"), digest);
  });
});
