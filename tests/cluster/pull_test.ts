import { strict as assert } from "node:assert";
import { join } from "node:path";
import { cuttingProxy } from "../support/cutting_proxy.ts";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import { kubeconfigOf, withNamespace } from "./support/cluster.ts";
import { succeed } from "./support/command.ts";
import { withDocker } from "./support/docker_engine.ts";
import { writeManyPlatforms } from "./support/many_platforms.ts";
import type { ProgramOptions, ProgramResult } from "./support/program.ts";
import { pull, pulledDigest } from "./support/pulls.ts";
import { assertDone, assertFailed, push } from "./support/pushes.ts";
import { crane } from "./support/readers.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";

/** What the program may need at its peak, in bytes. */
const MEMORY_LIMIT = 200_000_000;

/** What may be fetched in all, beside what was fetched already. */
const OVERHEAD = 1.05;

const scratch = new Scratch();

const bigImage = once(async () => {
  const path = scratch.path("big.tar");
  const size = 300 * MEBIBYTE;
  const layer = { filling: "noise", size } as const;
  await writeBigImage(path, "big/four:1", [layer, layer, layer, layer]);
  return { path, size: 4 * size };
});

Deno.test.afterAll(() => scratch.remove());

async function withRegistry(
  action: (registry: Registry, folder: string) => Promise<void>,
): Promise<void> {
  await withNamespace("pull", async (namespace) => {
    const folder = await scratch.folder(namespace);
    await action(await startRegistry(namespace), folder);
  });
}

Deno.test("docker, podman, skopeo, crane and umoci take what pull writes", async () => {
  await withRegistry(async (registry, folder) => {
    const one = await makeScriptImage(folder, "one");
    const two = await makeScriptImage(folder, "two");
    assertDone(await push(registry, [one]));
    assertDone(await push(registry, [two]));
    const names = ["forms/one:1", "forms/two:1"];
    const tar = join(folder, "two.tar");
    const layout = join(folder, "layout");
    assertDone(await pull(registry, [...names, tar]));
    assertDone(await pull(registry, [...names, `oci:${layout}`]));
    const single = join(folder, "single.tar");
    const digest = await pulledDigest(registry, "forms/one:1", single);
    await withDocker(folder, async (docker) => {
      const loaded = await docker("load", "-q", "-i", tar);
      assert.match(loaded, /^Loaded image: forms\/one:1$/m);
      assert.match(loaded, /^Loaded image: forms\/two:1$/m);
    });
    const store = await Deno.makeTempDir({ prefix: "k8scr-" });
    const podman = (...args: string[]) =>
      succeed([
        ...["podman", "--root", join(store, "root")],
        ...["--runroot", join(store, "run"), "--storage-driver", "vfs"],
        ...args,
      ]);
    try {
      assert.match(await podman("load", "-q", "-i", tar), /forms\/two:1/);
      await podman("load", "-q", "-i", single);
      const images = await podman("images", "--format", "{{.Names}}");
      assert.match(images, /docker\.io\/forms\/one:1/);
    } finally {
      await Deno.remove(store, { recursive: true });
    }
    for (
      const source of [
        `oci:${layout}:forms/one:1`,
        `oci-archive:${single}:forms/one:1`,
      ]
    ) {
      const inspected = await succeed(["skopeo", "inspect", source]);
      assert.equal(JSON.parse(inspected).Digest, digest);
    }
    await succeed(["skopeo", "inspect", `docker-archive:${single}`]);
    await succeed(["crane", "validate", "--tarball", single]);
    const bundle = join(folder, "bundle");
    await succeed([
      ...["umoci", "unpack", "--rootless"],
      ...["--image", `${layout}:forms/one:1`, bundle],
    ]);
    const { isFile } = await Deno.stat(join(bundle, "rootfs/bin/busybox"));
    assert.ok(isFile);
  });
});

Deno.test("pull without a target puts the image into the engine that answers", async () => {
  await withRegistry(async (registry, folder) => {
    assertDone(await push(registry, [await makeScriptImage(folder, "local")]));
    await withDocker(folder, async (docker) => {
      const DOCKER_HOST = `unix://${join(folder, "docker.sock")}`;
      const env = { DOCKER_HOST };
      const result = await pull(registry, ["forms/local:1"], { env });
      assertDone(result);
      assert.match(
        result.stdout,
        /^forms\/local:1@sha256:\S+ {2}docker-daemon$/m,
      );
      const config = await crane(
        "config",
        `${registry.address}/forms/local:1`,
      );
      const id = await docker("images", "-q", "--no-trunc", "forms/local:1");
      const hash = await succeed(["sha256sum"], { input: config });
      assert.equal(id.trim(), `sha256:${hash.slice(0, 64)}`);
    });
  });
});

Deno.test("an image of two platforms with attestation and SBOM survives whole", async () => {
  await withRegistry(async (registry, folder) => {
    const layout = join(folder, "many");
    const many = await writeManyPlatforms(layout, "many/app:1");
    const { digest } = many.index.descriptor;
    assertDone(await push(registry, [layout]));
    for (const form of ["oci", "oci-archive"]) {
      const file = join(folder, `back-${form}`);
      const target = `${form}:${file}`;
      const pulled = await pulledDigest(registry, "many/app:1", target);
      assert.equal(pulled, digest);
      assertDone(await push(registry, [file, "--prefix", form]));
      const repository = `${registry.address}/${form}/many/app`;
      assert.equal((await crane("digest", `${repository}:1`)).trim(), digest);
      for (const part of [many.sbom, many.attestation, many.amd64]) {
        await crane("manifest", `${repository}@${part}`);
      }
      const referrers = await crane(
        "manifest",
        `${repository}:${digest.replace(":", "-")}`,
      );
      assert.ok(referrers.includes(many.sbom));
    }
    const docker = join(folder, "docker.tar");
    const refused = await pull(registry, ["many/app:1", docker]);
    assertFailed(refused, 2, /linux\/amd64, linux\/arm64, must have 1/);
    const one = await pulledDigest(
      ...[registry, "many/app:1", docker] as const,
      ...["--platform", "linux/amd64"],
    );
    assert.equal(one, many.amd64);
  });
});

Deno.test("a pull of 1.2 GB goes in 200 MB of memory, into every target", async () => {
  const { path, size } = await bigImage();
  await withRegistry(async (registry, folder) => {
    assertDone(await push(registry, [path, "--compression", "none"]));
    const measure = async (target: string, ...flags: string[]) => {
      const args = ["big/four:1", target, ...flags];
      const result = await pull(registry, args, { measureMemory: true });
      assertDone(result);
      const { peakMemory = Infinity } = result;
      const what = `${target} takes ${peakMemory} bytes`;
      assert.ok(peakMemory <= MEMORY_LIMIT, what);
    };
    const tar = join(folder, "big.tar");
    await measure(tar);
    assert.ok((await Deno.stat(tar)).size > size);
    await Deno.remove(tar);
    await measure(`oci:${join(folder, "layout")}`);
    await Deno.remove(join(folder, "layout"), { recursive: true });
  });
});

for (const form of ["docker-archive", "oci"]) {
  Deno.test(`a pull into ${form}: that is killed fetches the rest alone when it is run again`, async () => {
    const { path, size } = await bigImage();
    await withRegistry(async (registry, folder) => {
      assertDone(await push(registry, [path, "--compression", "none"]));
      const target = join(folder, "back");
      const server = await serverOf();
      await using proxy = cuttingProxy(server.host);
      const run = (options: ProgramOptions): Promise<ProgramResult> => {
        const flags = ["--jobs", "2", "-s", `https://${proxy.address}`];
        const args = ["big/four:1", `${form}:${target}`, ...flags];
        return pull(registry, args, options);
      };
      const killed = await run({
        onLine: (line, process) => {
          // Two layers are there or on their way, and two are not.
          if (line.includes(" layer ")) process.kill("SIGKILL");
        },
      });
      assert.equal(killed.code, 137);
      const before = proxy.received;
      assert.ok(before > size / 5 && before < size * 0.9, `${before} bytes`);
      assertDone(await run({}));
      const ratio = proxy.received / size;
      assert.ok(ratio <= OVERHEAD, `${ratio} times the image was fetched`);
      assertDone(await push(registry, [target, "--prefix", "back"]));
      const digest = async (name: string) =>
        (await crane("digest", `${registry.address}/${name}`)).trim();
      assert.equal(await digest("back/big/four:1"), await digest("big/four:1"));
    });
  });
}

/** The address of the API server, as the kubeconfig has it. */
async function serverOf(): Promise<URL> {
  const url = await succeed([
    ...["kubectl", "--kubeconfig", kubeconfigOf("admin")],
    ...["config", "view", "-o", "jsonpath={.clusters[0].cluster.server}"],
  ]);
  const { protocol, port } = new URL(url);
  return new URL(`${protocol}//127.0.0.1:${port}`);
}
