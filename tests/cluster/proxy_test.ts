import { strict as assert } from "node:assert";
import { join } from "node:path";
import { MEBIBYTE, writeBigImage } from "./support/big_image.ts";
import {
  apply,
  crashApiServer,
  findProgram,
  withNamespace,
} from "./support/cluster.ts";
import { runCommand, succeed } from "./support/command.ts";
import { withDocker } from "./support/docker_engine.ts";
import { imagesOfDockerArchive } from "./support/expected_images.ts";
import { withStore } from "./support/image_makers.ts";
import { runProgram } from "./support/program.ts";
import { type RunningProxy, withProxy } from "./support/proxies.ts";
import { assertImage } from "./support/readers.ts";
import { type Registry, startRegistry } from "./support/registries.ts";
import { Scratch } from "./support/scratch.ts";
import { makeScriptImage } from "./support/script_images.ts";
import { startServe } from "./support/serve_registry.ts";

const scratch = new Scratch();

Deno.test.afterAll(() => scratch.remove());

/** An image that a client of the proxy pushes, and what must arrive. */
async function imageFor(client: string) {
  const folder = await scratch.folder(client);
  const archive = await makeScriptImage(folder, client);
  const [image] = await imagesOfDockerArchive(archive);
  assert.ok(image?.imageId !== undefined);
  return { folder, archive, name: image.name, image };
}

async function withRegistry(
  purpose: string,
  action: (registry: Registry, proxy: RunningProxy) => Promise<void>,
): Promise<void> {
  await withNamespace(purpose, async (namespace) => {
    const registry = await startRegistry(namespace);
    await withProxy(registry, (proxy) => action(registry, proxy));
  });
}

Deno.test("docker pushes to the proxy and pulls from it", async () => {
  const { folder, archive, name, image } = await imageFor("docker");
  await withRegistry("proxy-docker", async (registry, { address, stderr }) => {
    await withDocker(folder, async (docker) => {
      const reference = `${address}/${name}`;
      await docker("load", "-q", "-i", archive);
      await docker("tag", `k8scr.test/${name}`, reference);
      await docker("push", "-q", reference);
      const { imageId } = await assertImage(registry, image);
      await docker("rmi", "-f", imageId);
      await docker("pull", "-q", reference);
      const id = await docker("inspect", "-f", "{{.Id}}", reference);
      assert.equal(id.trim(), imageId);
    });
    assert.doesNotMatch(stderr, /error/);
  });
});

Deno.test("skopeo and crane push to the proxy and pull from it", async () => {
  const skopeo = await imageFor("skopeo");
  const crane = await imageFor("crane");
  await withRegistry("proxy-tools", async (registry, { address }) => {
    const remote = `docker://${address}/${skopeo.name}`;
    const copy = (...args: string[]) =>
      succeed(["skopeo", "copy", "-q", ...args]);
    await copy(
      ...[
        "--dest-tls-verify=false",
        `docker-archive:${skopeo.archive}`,
        remote,
      ],
    );
    await assertImage(registry, skopeo.image);
    const layout = `oci:${join(skopeo.folder, "pulled")}:1`;
    await copy("--src-tls-verify=false", remote, layout);
    const reference = `${address}/${crane.name}`;
    await succeed(["crane", "push", crane.archive, reference]);
    await assertImage(registry, crane.image);
    await succeed(["crane", "validate", "--remote", reference]);
    const pulled = join(crane.folder, "pulled.tar");
    await succeed(["crane", "pull", reference, pulled]);
    const [image] = await imagesOfDockerArchive(pulled, crane.name);
    assert.equal(image?.imageId, crane.image.imageId);
    const tags = await succeed(["crane", "ls", `${address}/forms/crane`]);
    assert.equal(tags, "1\n");
  });
});

for (const tool of ["podman", "buildah"] as const) {
  Deno.test(`${tool} pushes to the proxy and pulls from it`, async () => {
    const { archive, name, image } = await imageFor(tool);
    await withRegistry(`proxy-${tool}`, async (registry, { address }) => {
      const target = `docker://${address}/${name}`;
      await withStore(tool, async (run) => {
        const id = await run("pull", "-q", `docker-archive:${archive}`);
        await run("push", "-q", "--tls-verify=false", id.trim(), target);
        await assertImage(registry, image);
        await run("rmi", id.trim());
        const pulled = await run("pull", "-q", "--tls-verify=false", target);
        assert.equal(`sha256:${pulled.trim()}`, image.imageId);
      });
    });
  });
}

Deno.test("k8scr proxy runs a command with the address, and ends with its code", async () => {
  const { archive, name, image } = await imageFor("exec");
  await withNamespace("proxy-exec", async (namespace) => {
    const registry = await startRegistry(namespace);
    const proxy = (...command: string[]) =>
      runProgram([
        ...["proxy", "--listen", "127.0.0.1:0", "-n", namespace],
        ...["-r", registry.target, "--exec", "--", ...command],
      ]);
    const pushed = await proxy(
      ...["sh", "-c", `crane push "$0" "$K8SCR_PROXY/${name}"`, archive],
    );
    assert.equal(pushed.code, 0, pushed.stderr);
    assert.match(pushed.stdout, /^127\.0\.0\.1:\d+\/forms\/exec@sha256:/);
    await assertImage(registry, image);
    assert.equal((await proxy("sh", "-c", "exit 9")).code, 9);
  });
});

Deno.test("k8scr proxy tells clients what the API server refuses", async () => {
  const { archive, name } = await imageFor("denied");
  await withNamespace("proxy-denied", async (namespace) => {
    const registry = await startRegistry(namespace);
    const started = await runProgram(
      ["proxy", "-n", namespace, "-r", registry.target],
      { user: "nobody" },
    );
    assert.equal(started.code, 3);
    assert.match(started.stderr, /^kind: Role$/m);
    await allowReading(registry);
    await withProxy(registry, async (proxy) => {
      const reference = `${proxy.address}/${name}`;
      const { code, stderr } = await runCommand(
        ["crane", "push", archive, reference],
      );
      assert.equal(code, 1);
      assert.match(stderr, /DENIED: error from the API server: .*"pusher"/);
      assert.match(
        proxy.stderr,
        /^POST \/v2\/.*: error from the API server: /m,
      );
      assert.match(proxy.stderr, /^ {2}verbs: \[.*"create".*\]$/m);
    }, { user: "pusher" });
  });
});

/** Lets the user `pusher` read from a registry, and no more. */
async function allowReading(registry: Registry): Promise<void> {
  const { namespace, target } = registry;
  const metadata = { name: "reader", namespace };
  const api = "rbac.authorization.k8s.io";
  await apply({
    apiVersion: `${api}/v1`,
    kind: "Role",
    metadata,
    rules: [{
      apiGroups: [""],
      resources: ["pods/proxy"],
      resourceNames: [target],
      verbs: ["get"],
    }],
  }, {
    apiVersion: `${api}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: api, kind: "Role", name: "reader" },
    subjects: [{ apiGroup: api, kind: "User", name: "pusher" }],
  });
}

Deno.test("k8scr proxy stays small while 1.2 GB go through", async () => {
  const archive = scratch.path("big.tar");
  const layers = Array.from(
    { length: 4 },
    () => ({ filling: "noise", size: 300 * MEBIBYTE }) as const,
  );
  const image = await writeBigImage(archive, "big/proxy:1", layers);
  await withRegistry("proxy-memory", async (registry, proxy) => {
    const reference = `${proxy.address}/big/proxy:1`;
    await succeed(["crane", "push", archive, reference]);
    await succeed(["crane", "validate", "--remote", reference]);
    const peak = await proxy.peakMemory();
    assert.ok(peak < 200e6, `the resident set was ${peak} bytes`);
    const { imageId } = await assertImage(registry, { name: "big/proxy:1" });
    assert.equal(imageId, image.imageId);
  });
});

Deno.test("docker goes on when the API server is killed and comes back", async () => {
  const { folder } = await imageFor("restart");
  const archive = scratch.path("restart.tar");
  const layers = Array.from(
    { length: 3 },
    () => ({ filling: "noise", size: 100 * MEBIBYTE }) as const,
  );
  const image = await writeBigImage(archive, "big/restart:1", layers);
  await withNamespace("proxy-restart", async (namespace) => {
    const registry = await startRegistry(namespace);
    await withDocker(folder, async (docker) => {
      await withProxy(registry, async (proxy) => {
        const reference = `${proxy.address}/big/restart:1`;
        await docker("load", "-q", "-i", archive);
        await docker("tag", "k8scr.test/big/restart:1", reference);
        const pushed = docker("push", "-q", reference);
        await proxy.line(/^POST \S*\/blobs\/uploads\/ 202/);
        await crashApiServer();
        await pushed;
        assert.match(proxy.stderr, /^PATCH \S*: error on the way to the API/m);
      }, { flags: ["-v"] });
    });
    await assertImage(registry, { name: "big/restart:1", ...image });
  });
});

Deno.test("the conformance suite passes through the proxy to k8scr's own registry", async () => {
  const folder = await scratch.folder("conformance");
  const conformance = await findProgram("conformance");
  await withNamespace("proxy-conformance", async (namespace) => {
    const registry = await startServe(namespace);
    await withProxy(registry, async ({ address }) => {
      const { code, stdout, stderr } = await runCommand(
        // It writes its report into the current folder.
        ["sh", "-c", 'cd "$0" && exec "$1"', folder, conformance],
        { env: { OCI_REGISTRY: address, OCI_TLS: "disabled" } },
      );
      assert.equal(code, 0, `${stdout}${stderr}`);
    });
  });
});
