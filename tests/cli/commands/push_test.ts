import { strict as assert } from "node:assert";
import { join } from "node:path";
import { main } from "../../../src/cli/main.ts";
import { writeDockerArchive } from "../../support/docker_archives.ts";
import { buildImage } from "../../support/images.ts";
import { writeLayout } from "../../support/layouts.ts";
import { FakeIo } from "../fake_io.ts";
import { PodProxyServer } from "../pod_proxy_server.ts";

interface Scene {
  readonly cluster: PodProxyServer;
  readonly folder: string;
  run(...args: string[]): Promise<Run>;
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function withScene(
  action: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using cluster = await PodProxyServer.start();
  const folder = await Deno.makeTempDir();
  try {
    await action({ cluster, folder, run: (...args) => run(cluster, args) });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function run(cluster: PodProxyServer, args: string[]): Promise<Run> {
  const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
  const code = await main(args, io);
  assert.equal(io.clock.running, 0);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

async function manifestOf(
  { registryUrl }: PodProxyServer,
  path: string,
): Promise<{ digest: string | null; manifest: { layers: unknown[] } }> {
  const response = await fetch(`${registryUrl}/v2/${path}`, {
    headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
  });
  assert.equal(response.status, 200);
  return {
    digest: response.headers.get("docker-content-digest"),
    manifest: await response.json(),
  };
}

async function tagsOf(
  { registryUrl }: PodProxyServer,
  repository: string,
): Promise<string[]> {
  const response = await fetch(`${registryUrl}/v2/${repository}/tags/list`);
  assert.equal(response.status, 200);
  return (await response.json()).tags;
}

Deno.test("push takes a layout into the registry, byte for byte", async () => {
  await withScene(async ({ cluster, folder, run }) => {
    const image = buildImage();
    const layout = join(folder, "layout");
    await writeLayout(layout, [{ content: image, name: "cool/app:1.2" }]);
    const { code, stdout, stderr } = await run("push", layout);
    assert.equal(code, 0, stderr);
    const { digest } = image.descriptor;
    assert.equal(stdout, `cool/app:1.2@${digest}\n`);
    assert.match(stderr, /^cool\/app:1\.2: layer [0-9a-f]{12} uploaded, /m);
    const pushed = await manifestOf(cluster, "cool/app/manifests/1.2");
    assert.equal(pushed.digest, digest);
  });
});

Deno.test("push takes every image of a docker-archive", async () => {
  await withScene(async ({ cluster, folder, run }) => {
    const path = join(folder, "two.tar");
    await writeDockerArchive(path, [
      { image: buildImage({ layers: [{ a: "1" }] }), tags: ["one:1"] },
      {
        image: buildImage({ layers: [{ a: "1" }, { b: "2" }] }),
        tags: ["docker.io/library/two:1"],
      },
    ]);
    const { code, stdout, stderr } = await run("push", path);
    assert.equal(code, 0, stderr);
    assert.match(
      stdout,
      /^one:1@sha256:[0-9a-f]{64}\nlibrary\/two:1@sha256:[0-9a-f]{64}\n$/,
    );
    assert.match(
      stderr,
      /docker\.io\/library\/two:1 is pushed as library\/two:1/,
    );
    assert.match(stderr, /library\/two:1: layer [0-9a-f]{12} mounted/);
    const two = await manifestOf(cluster, "library/two/manifests/1");
    assert.equal(two.manifest.layers.length, 2);
    const again = await run("push", path, "-o", "json", "-q");
    assert.equal(again.code, 0);
    assert.equal(again.stderr, "");
    const document = JSON.parse(again.stdout);
    assert.equal(document.images.length, 2);
    assert.equal(document.images[1].digest, two.digest);
  });
});

Deno.test("push goes to the port that the flag names", async () => {
  await withScene(async ({ cluster, folder, run }) => {
    const layout = join(folder, "layout");
    await writeLayout(layout, [{ content: buildImage(), name: "app:1" }]);
    const { code, stderr } = await run("push", layout, "-r", "k8scr:5000");
    assert.equal(code, 0, stderr);
    const start = "/api/v1/namespaces/infra/pods/k8scr:5000/proxy/v2/";
    assert.equal(cluster.requests[0], `GET ${start}`);
    assert.ok(cluster.requests.every((line) => line.includes(start)));
  });
});

Deno.test("push only looks in a dry run", async () => {
  await withScene(async ({ cluster, folder, run }) => {
    const layout = join(folder, "layout");
    await writeLayout(layout, [{ content: buildImage(), name: "app:1" }]);
    const { code, stdout, stderr } = await run("push", layout, "--dry-run");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^app:1 {2}sha256:[0-9a-f]{64}\n/);
    assert.match(stdout, /Dry run: nothing was sent/);
    assert.ok(cluster.requests.every((line) => /^(?:GET|HEAD) /.test(line)));
  });
});

Deno.test("push shows every exchange when asked, and no secret", async () => {
  await withScene(async ({ folder, run }) => {
    const layout = join(folder, "layout");
    await writeLayout(layout, [{ content: buildImage(), name: "app:1" }]);
    const { stderr } = await run("push", layout, "-v", "--progress", "none");
    assert.match(stderr, /^GET \S*\/v2\/ 200, sent 0 B, /m);
    assert.match(stderr, /^PUT \S*\/v2\/app\/manifests\/1 201, /m);
    assert.doesNotMatch(stderr, /authorization/i);
  });
});

Deno.test("push ends with 3 and the Role when it is not allowed", async () => {
  await withScene(async ({ cluster, folder, run }) => {
    const layout = join(folder, "layout");
    await writeLayout(layout, [{ content: buildImage(), name: "app:1" }]);
    cluster.refusal = {
      code: 403,
      reason: "Forbidden",
      message:
        'pods "k8scr" is forbidden: User "jane" cannot get resource "pods/proxy" in API group "" in the namespace "infra"',
    };
    const { code, stdout, stderr } = await run("push", layout);
    assert.equal(code, 3);
    assert.equal(stdout, "");
    assert.match(stderr, /^error from the API server: /);
    assert.match(stderr, /^kind: Role\n/m);
    assert.match(stderr, /^ {2}resources: \["pods\/proxy"\]\n/m);
    assert.match(stderr, /^ {2}resourceNames: \["k8scr", "k8scr-0"\]\n/m);
    assert.match(stderr, /name: "jane"/);
  });
});

Deno.test("push ends with 4 when there is no such Pod", async () => {
  await withScene(async ({ folder, run }) => {
    const layout = join(folder, "layout");
    await writeLayout(layout, [{ content: buildImage(), name: "app:1" }]);
    const { code, stderr } = await run("push", layout, "-r", "other");
    assert.equal(code, 4);
    assert.match(stderr, /^error from the API server: .*other/);
  });
});

Deno.test("push ends with 3 when the API server does not know the caller", async () => {
  await withScene(async ({ cluster, folder, run }) => {
    const layout = join(folder, "layout");
    await writeLayout(layout, [{ content: buildImage(), name: "app:1" }]);
    const message = "Unauthorized";
    cluster.refusal = { code: 401, reason: "Unauthorized", message };
    const { code, stderr } = await run("push", layout);
    assert.equal(code, 3);
    assert.match(stderr, /^error from the API server: .*does not know you/);
  });
});

Deno.test("push ends with 0 when nobody reads its result any more", async () => {
  await withScene(async ({ cluster, folder }) => {
    const layout = join(folder, "layout");
    await writeLayout(layout, [{ content: buildImage(), name: "app:1" }]);
    const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
    io.stdout.isClosed = true;
    assert.equal(await main(["push", layout], io), 0);
    await manifestOf(cluster, "app/manifests/1");
  });
});

Deno.test("push ends with 2 for an input or a context that there is not", async () => {
  await withScene(async ({ cluster, folder, run }) => {
    const missing = await run("push", join(folder, "image.tar"));
    assert.equal(missing.code, 2);
    assert.match(
      missing.stderr,
      /^error in the input: .* there is no such file or folder\n$/,
    );
    const text = join(folder, "text");
    await Deno.writeTextFile(text, "text");
    assert.equal((await run("push", text)).code, 2);
    const context = await run("push", text, "--context", "other");
    assert.equal(context.code, 2);
    assert.match(context.stderr, /^error in the kubeconfig: .*"other"/);
    assert.equal((await run("push", text, "-r", "a:b:c:d")).code, 2);
    assert.deepEqual(cluster.requests, []);
  });
});

Deno.test("push ends with 130 and no tag when it is interrupted", async () => {
  await withScene(async ({ cluster, folder }) => {
    const layout = join(folder, "layout");
    await writeLayout(layout, [{ content: buildImage(), name: "app:1" }]);
    const io = new FakeIo({ env: { KUBECONFIG: cluster.kubeconfig } });
    io.interrupt();
    assert.equal(await main(["push", layout], io), 130);
    assert.equal(io.stderr.text, "Interrupted\n");
    assert.ok(cluster.requests.every((line) => !line.startsWith("PUT")));
  });
});

Deno.test("push keeps the signatures of cosign, pull brings them, push again too", async () => {
  await withScene(async ({ cluster, folder, run }) => {
    const kind = "dev.cosignproject.cosign/";
    const image = buildImage();
    const [signature, attestation] = [
      buildImage({ layers: [{ s: "1" }] }),
      buildImage({ layers: [{ s: "2" }] }),
    ];
    await writeLayout(join(folder, "saved"), [
      { content: image, annotations: { kind: `${kind}image` } },
      { content: signature, annotations: { kind: `${kind}sigs` } },
      { content: attestation, annotations: { kind: `${kind}atts` } },
    ]);
    const stem = image.descriptor.digest.replace(":", "-");
    const tags = ["1.2", `${stem}.att`, `${stem}.sig`];
    const must = async (...args: string[]) => {
      const { code, stderr } = await run(...args);
      assert.equal(code, 0, stderr);
    };

    await must("push", join(folder, "saved"), "--as", "cool/app:1.2");
    assert.deepEqual(await tagsOf(cluster, "cool/app"), tags);
    await must("pull", "cool/app:1.2", `oci:${join(folder, "pulled")}`);
    await must("push", join(folder, "pulled"), "--prefix", "again");
    assert.deepEqual(await tagsOf(cluster, "again/cool/app"), tags);
    await must("push", join(folder, "pulled"), "--as", "other:1.2");
    assert.deepEqual(await tagsOf(cluster, "other"), tags);
    const { digest } = await manifestOf(
      cluster,
      `other/manifests/${stem}.sig`,
    );
    assert.equal(digest, signature.descriptor.digest);

    const renamed = `oci:${join(folder, "renamed")}:new/name:1.2`;
    await must("pull", "cool/app:1.2", renamed);
    await must("push", join(folder, "renamed"));
    assert.deepEqual(await tagsOf(cluster, "new/name"), tags);
  });
});
