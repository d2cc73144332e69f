/** Every client of the field pushes to the server and pulls from it. */
import { strict as assert } from "node:assert";
import { join } from "node:path";
import {
  apply,
  clusterTool,
  kubectl,
  withNamespace,
} from "./support/cluster.ts";
import { succeed } from "./support/command.ts";
import { withDocker } from "./support/docker_engine.ts";
import { withStore } from "./support/image_makers.ts";
import { Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";
import {
  assertSound,
  ServeProcess,
  withServe,
} from "./support/serve_process.ts";

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

/** Runs an action with an archive of an image and a name in a new registry. */
async function withImage(
  client: string,
  action: (archive: string, name: string) => Promise<void>,
): Promise<void> {
  const folder = await scratch.folder(client);
  const archive = await makeScriptImage(folder, client);
  const server = new ServeProcess(join(folder, "data"));
  await withServe(server, async () => {
    await action(archive, `${server.address}/forms/${client}:1`);
    // Whatever pushed it, crane finds all of it.
    await succeed([
      ...["crane", "validate", "--insecure"],
      ...["--remote", `${server.address}/forms/${client}:1`],
    ]);
  });
  await assertSound(server);
}

Deno.test("docker pushes to serve and pulls from it", async () => {
  await withImage("docker", async (archive, name) => {
    await withDocker(await scratch.folder("engine"), async (docker) => {
      await docker("load", "-q", "-i", archive);
      await docker("tag", "k8scr.test/forms/docker:1", name);
      const id = await docker("image", "inspect", "-f", "{{.Id}}", name);
      await docker("push", "-q", name);
      await docker("rmi", "-f", name, "k8scr.test/forms/docker:1");
      await docker("pull", "-q", name);
      assert.equal(
        await docker("image", "inspect", "-f", "{{.Id}}", name),
        id,
      );
    });
  });
});

Deno.test("podman pushes to serve and pulls from it", async () => {
  await withImage("podman", async (archive, name) => {
    await withStore("podman", async (podman) => {
      await podman("load", "-q", "-i", archive);
      const local = "k8scr.test/forms/podman:1";
      const id = await podman("image", "inspect", "-f", "{{.Id}}", local);
      await podman("push", "-q", "--tls-verify=false", local, name);
      await podman("rmi", "-f", local);
      await podman("pull", "-q", "--tls-verify=false", name);
      assert.equal(
        await podman("image", "inspect", "-f", "{{.Id}}", name),
        id,
      );
    });
  });
});

Deno.test("buildah pushes to serve and pulls from it", async () => {
  await withImage("buildah", async (archive, name) => {
    await withStore("buildah", async (buildah) => {
      const id = await buildah("pull", "-q", `docker-archive:${archive}`);
      await buildah("push", "-q", "--tls-verify=false", id.trim(), name);
      await buildah("rmi", "-a", "-f");
      assert.equal(await buildah("pull", "-q", "--tls-verify=false", name), id);
    });
  });
});

Deno.test("skopeo pushes to serve and pulls from it", async () => {
  await withImage("skopeo", async (archive, name) => {
    const copy = (...args: string[]) =>
      succeed(["skopeo", "copy", "--quiet", ...args]);
    const remote = `docker://${name}`;
    await copy("--dest-tls-verify=false", `docker-archive:${archive}`, remote);
    const layout = await scratch.folder("skopeo-pulled");
    await copy("--src-tls-verify=false", remote, `oci:${layout}:1`);
    // Layers compressed with zstd go the same way; of an image of their own,
    // or skopeo would find the layers that are there already.
    const folder = await scratch.folder("skopeo-zstd");
    const other = await makeScriptImage(folder, "skopeo-zstd");
    const packed = `oci:${folder}/layout:1`;
    await copy(
      ...["--dest-compress", "--dest-compress-format", "zstd"],
      ...[`docker-archive:${other}`, packed],
    );
    await copy("--dest-tls-verify=false", packed, `${remote}-zstd`);
    const manifest = await succeed([
      ...["skopeo", "inspect", "--raw", "--tls-verify=false"],
      `${remote}-zstd`,
    ]);
    assert.match(manifest, /\+zstd"/);
    await succeed(["skopeo", "delete", "--tls-verify=false", `${remote}-zstd`]);
  });
});

Deno.test("crane pushes to serve, lists, copies and pulls", async () => {
  await withImage("crane", async (archive, name) => {
    const crane = (command: string, ...args: string[]) =>
      succeed(["crane", command, "--insecure", ...args]);
    await crane("push", archive, name);
    await crane("copy", name, name.replace("/forms/", "/other/"));
    const [address = ""] = name.split("/");
    assert.equal(
      await crane("catalog", address),
      "forms/crane\nother/crane\n",
    );
    assert.equal(await crane("ls", `${address}/other/crane`), "1\n");
    await crane("pull", name, scratch.path("crane-pulled.tar"));
    // docker load takes what it wrote: the config is the same.
    const config = await crane("config", name);
    const pulled = await succeed(
      ["crane", "manifest", "--insecure", name.replace("/forms/", "/other/")],
    );
    assert.ok(config.includes('"rootfs"'));
    assert.equal(pulled, await crane("manifest", name));
  });
});

Deno.test("containerd pulls from serve, and a Pod runs the image", async () => {
  await withImage("containerd", async (archive, name) => {
    await succeed(["crane", "push", "--insecure", archive, name]);
    await succeed([
      ...[clusterTool(), "on", "1", "ctr", "-n", "k8scr-serve-test"],
      ...["images", "pull", "--plain-http", name],
    ]);
    await succeed([
      ...[clusterTool(), "on", "1", "ctr", "-n", "k8scr-serve-test"],
      ...["images", "rm", name],
    ]);
    // A node takes localhost for a registry without TLS.
    const image = name.replace("127.0.0.1", "localhost");
    await withNamespace("serve-clients", async (namespace) => {
      await apply({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "pulled", namespace },
        spec: {
          nodeName: "node-1",
          restartPolicy: "Never",
          enableServiceLinks: false,
          containers: [{ name: "app", image, imagePullPolicy: "Always" }],
        },
      });
      await kubectl([
        ...["wait", "pod", "pulled", "-n", namespace, "--timeout=120s"],
        "--for=jsonpath={.status.phase}=Succeeded",
      ]);
      assert.equal(
        await kubectl(["logs", "pulled", "-n", namespace]),
        "this is containerd\n",
      );
    });
  });
});
