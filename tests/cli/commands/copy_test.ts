import { strict as assert } from "node:assert";
import { main } from "../../../src/cli/main.ts";
import { writeDockerArchive } from "../../support/docker_archives.ts";
import { buildImage, buildIndex } from "../../support/images.ts";
import { writeLayout, writeOciArchive } from "../../support/layouts.ts";
import { FakeIo } from "../fake_io.ts";
import { PodProxyServer } from "../pod_proxy_server.ts";
import { type Run, type Scene, withScene } from "../transfer_scene.ts";

const ACCEPT =
  "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json";

/** The digest that a registry has under a name, if it has one. */
async function digestOf(
  { registryUrl }: PodProxyServer,
  repository: string,
  reference: string,
): Promise<string | undefined> {
  const url = `${registryUrl}/v2/${repository}/manifests/${reference}`;
  const response = await fetch(url, { headers: { accept: ACCEPT } });
  await response.body?.cancel();
  return response.headers.get("docker-content-digest") ?? undefined;
}

async function tagsOf(
  { registryUrl }: PodProxyServer,
  repository: string,
): Promise<string[]> {
  const response = await fetch(`${registryUrl}/v2/${repository}/tags/list`);
  const { tags = [] } = await response.json();
  return tags;
}

async function done(running: Promise<Run>): Promise<Run> {
  const result = await running;
  assert.equal(result.code, 0, result.stderr);
  return result;
}

/** A kubeconfig with the contexts `east` and `west`. */
async function twoContexts(
  { cluster, folder }: Scene,
  west: PodProxyServer,
): Promise<string> {
  const config = async (path: string) =>
    JSON.parse(await Deno.readTextFile(path));
  const [one, two] = [
    await config(cluster.kubeconfig),
    await config(west.kubeconfig),
  ];
  const contextOf = (name: string) => ({
    name,
    context: { cluster: name, user: "test", namespace: "infra" },
  });
  const text = JSON.stringify({
    ...one,
    "current-context": "east",
    contexts: [contextOf("east"), contextOf("west")],
    clusters: [
      { ...one.clusters[0], name: "east" },
      { ...two.clusters[0], name: "west" },
    ],
  });
  return await folder.write("kubeconfig", new TextEncoder().encode(text));
}

Deno.test("copy within a registry moves nothing", async () => {
  await withScene(async ({ cluster, push, run }) => {
    const image = buildImage();
    const { digest } = image.descriptor;
    await push("cool/app:1.2", image);
    cluster.requests.length = 0;
    const { stdout, stderr } = await done(
      run(["copy", "cool/app:1.2", "other/name:9"]),
    );
    assert.equal(stdout, `other/name:9@${digest}\n`);
    assert.equal(stderr.match(/ mounted, nothing sent$/gm)?.length, 3);
    assert.equal(await digestOf(cluster, "other/name", "9"), digest);
    const fetched = cluster.requests.filter((line) =>
      /^GET .*\/blobs\//.test(line)
    );
    assert.deepEqual(fetched, []);
    await done(run(["copy", "cool/app:1.2", "cool/app:stable", "-q"]));
    assert.equal(await digestOf(cluster, "cool/app", "stable"), digest);
  });
});

Deno.test("copy brings an image from one context to another, whole", async () => {
  await withScene(async (scene) => {
    await using west = await PodProxyServer.start();
    const index = buildIndex([
      buildImage(),
      buildImage({ platform: { os: "linux", architecture: "arm64" } }),
    ]);
    const sbom = buildImage({ subject: index.descriptor, layers: [{ s: "" }] });
    await scene.push("cool/app:1.2", index, sbom);
    const env = { KUBECONFIG: await twoContexts(scene, west) };
    await done(
      scene.run(["copy", "cool/app:1.2", "context:west/app"], { env }),
    );
    const { digest } = index.descriptor;
    assert.equal(await digestOf(west, "app", "1.2"), digest);
    const { digest: referrer } = sbom.descriptor;
    assert.equal(await digestOf(west, "app", referrer), referrer);
    await done(scene.run([
      ...["copy", "cool/app:1.2", "plain:2", "--to-context", "west"],
      "--no-referrers",
    ], { env }));
    assert.equal(await digestOf(west, "plain", "2"), digest);
    assert.equal(await digestOf(west, "plain", referrer), undefined);
    assert.equal(await digestOf(scene.cluster, "plain", "2"), undefined);
  });
});

Deno.test("copy --all brings every tag, and the signatures that cosign tags", async () => {
  await withScene(async ({ cluster, push, run }) => {
    const [one, two] = [buildImage(), buildImage({ layers: [{ b: "" }] })];
    const stem = one.descriptor.digest.replace(":", "-");
    await push("cool/app:1", one);
    await push("cool/app:2", two);
    await push(`cool/app:${stem}.sig`, buildImage({ layers: [{ s: "" }] }));
    const { stdout } = await done(
      run(["copy", "cool/app", "all/app", "--all", "-q"]),
    );
    assert.equal(stdout.split("\n").length, 4);
    assert.deepEqual(await tagsOf(cluster, "all/app"), [
      "1",
      "2",
      `${stem}.sig`,
    ]);
    await done(run(["copy", "cool/app:1", "one/app", "-q"]));
    assert.deepEqual(await tagsOf(cluster, "one/app"), ["1", `${stem}.sig`]);
    await done(run(["copy", "cool/app:1", "bare/app", "--no-referrers", "-q"]));
    assert.deepEqual(await tagsOf(cluster, "bare/app"), ["1"]);
  });
});

Deno.test("copy takes a file into the registry and back", async () => {
  await withScene(async ({ cluster, folder, run }) => {
    const image = buildImage();
    const { digest } = image.descriptor;
    await writeOciArchive(folder.file("a.tar"), [{
      content: image,
      name: "docker.io/cool/app:1",
    }]);
    await done(run(["copy", folder.file("a.tar"), "app", "-q"]));
    assert.equal(await digestOf(cluster, "app", "1"), digest);
    const back = `docker-archive:${folder.file("b.tar")}`;
    const { stdout } = await done(run(["copy", "app:1", back, "-q"]));
    assert.equal(stdout, `app:1@${digest}  ${folder.file("b.tar")}\n`);
    const renamed = `oci:${folder.file("l")}:new:3`;
    await done(run(["copy", folder.file("b.tar"), renamed, "-q"]));
    await done(run(["push", folder.file("l"), "-q"]));
    assert.equal(await digestOf(cluster, "new", "3"), digest);
  });
});

/** Runs the program without any cluster. */
async function convert(...args: string[]): Promise<Run> {
  const io = new FakeIo();
  const code = await main(["copy", ...args], io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

Deno.test("copy converts files without a cluster, and keeps all names", async () => {
  await withScene(async ({ folder }) => {
    const image = buildImage();
    const tags = ["ghcr.io/cool/app:1", "app:2"];
    await writeDockerArchive(folder.file("a.tar"), [{ image, tags }]);
    const { stdout: first } = await done(
      convert(folder.file("a.tar"), `oci:${folder.file("l")}`),
    );
    const [one, two] = first.split("\n");
    assert.match(one ?? "", /^ghcr\.io\/cool\/app:1@sha256:\S+ {2}\S+\/l$/);
    assert.match(two ?? "", /^app:2@sha256:\S+ {2}\S+\/l$/);
    // Compressed once, the digest stays through every OCI form.
    for (const target of ["oci-archive:b.tar", "docker-archive:c.tar"]) {
      const [word, name = ""] = target.split(":");
      const { stdout } = await done(
        convert(folder.file("l"), `${word}:${folder.file(name)}`),
      );
      assert.equal(stdout.replaceAll(name, "l"), first);
    }
  });
});

Deno.test("copy of a docker-archive into another keeps image ID and layers", async () => {
  await withScene(async ({ folder }) => {
    const image = buildImage();
    await writeDockerArchive(folder.file("a.tar"), [{
      image,
      tags: ["app:1"],
    }]);
    await done(convert(folder.file("a.tar"), folder.file("b.tar")));
    const listing = await Deno.readFile(folder.file("b.tar"));
    const text = new TextDecoder("latin1").decode(listing);
    for (const { diffId } of image.layers) {
      assert.ok(text.includes(`blobs/sha256/${diffId.slice(7)}`), diffId);
    }
    const { digest } = image.configDescriptor;
    assert.ok(text.includes(`"Config":"blobs/sha256/${digest.slice(7)}"`));
  });
});

Deno.test("copy refuses what cannot be meant", async () => {
  await withScene(async ({ folder, push, run }) => {
    await push("app:1", buildImage());
    await writeLayout(folder.file("two"), [
      { content: buildImage(), name: "a:1" },
      { content: buildImage({ layers: [{ b: "" }] }), name: "b:1" },
    ]);
    const { digest } = buildImage().descriptor;
    const refusals: [string[], RegExp][] = [
      [
        [folder.file("two"), "c:1"],
        /^error: Cannot copy 2 images as "c:1": a:1, b:1\n/,
      ],
      [
        [folder.file("two"), "c"],
        /^error: Cannot copy 2 images as "c": a:1, b:1\n/,
      ],
      [
        ["app:1", "b", "--all"],
        /^error: Cannot use --all with "1": name the repository alone, "app"\n/,
      ],
      [
        ["app:1", `b@${digest}`],
        /the digest of a target follows from the image\n/,
      ],
      [
        ["ghcr.io/a/b:1", "b"],
        /"ghcr\.io" is the host of a registry outside.*\nSay so: registry:ghcr\.io\/a\/b:1\n/,
      ],
      [
        ["app:1", "context:west"],
        /^error: Cannot use "context:west": it names no image\n/,
      ],
      [
        ["app:1", "x.tar.gz"],
        /^error: Cannot write "x\.tar\.gz": archives are not compressed/,
      ],
      [
        ["nothing", "b", "--all"],
        /^error: Cannot copy all of "nothing": the registry has no tag of it\n/,
      ],
    ];
    for (const [args, message] of refusals) {
      const { code, stdout, stderr } = await run(["copy", ...args]);
      assert.equal(code, 2, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, message);
    }
  });
});
