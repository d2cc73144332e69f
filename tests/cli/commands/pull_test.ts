import { strict as assert } from "node:assert";
import { openDockerArchive } from "../../../src/archive/docker_archive.ts";
import { openImageArchive } from "../../../src/archive/open_archive.ts";
import { openLayout } from "../../../src/layout/layout_source.ts";
import { buildImage, buildIndex } from "../../support/images.ts";
import { type Scene, withScene } from "../transfer_scene.ts";

const ARM = { os: "linux", architecture: "arm64" };

/** Names and digests of the images of a layout. */
async function imagesIn(directory: string): Promise<string[]> {
  const source = await openLayout(directory);
  const images = await source.images();
  await source.close();
  return images.flatMap(({ names, root }) =>
    names.map((name) => `${name} ${"digest" in root ? root.digest : ""}`)
  );
}

/** The same of an archive. */
async function imagesOf({ folder }: Scene, name: string): Promise<string[]> {
  const source = await openImageArchive({ path: folder.file(name) }, {
    tempDir: folder.path,
    docker: openDockerArchive,
  });
  const images = await source.images();
  await source.close();
  return images.flatMap(({ names, root }) =>
    names.map((name) => `${name} ${"digest" in root ? root.digest : ""}`)
  );
}

Deno.test("pull writes a docker-archive, and says what is in it", async () => {
  await withScene(async (scene) => {
    const image = buildImage();
    await scene.push("cool/app:1.2", image);
    const path = scene.folder.file("app.tar");
    const { code, stdout, stderr } = await scene.run([
      ...["pull", "cool/app:1.2", path],
    ]);
    assert.equal(code, 0, stderr);
    const { digest } = image.descriptor;
    assert.equal(stdout, `cool/app:1.2@${digest}  ${path}\n`);
    assert.match(stderr, /^cool\/app:1\.2: layer [0-9a-f]{12} written, /m);
    assert.match(stderr, /^cool\/app:1\.2: manifest [0-9a-f]{12} written, /m);
    assert.deepEqual(await imagesOf(scene, "app.tar"), [
      `cool/app:1.2 ${digest}`,
    ]);
    assert.deepEqual(scene.folder.names(), ["app.tar"]);
  });
});

Deno.test("pull adds images to a layout, and fetches nothing twice", async () => {
  await withScene(async (scene) => {
    const [one, two] = [buildImage(), buildImage({ layers: [{ b: "" }] })];
    await scene.push("one:1", one);
    await scene.push("cool/two:2", two);
    const layout = scene.folder.file("layout");
    const pull = async (...names: string[]) => {
      const { code, stdout, stderr } = await scene.run([
        ...["pull", ...names, `oci:${layout}`, "-o", "json", "-q"],
      ]);
      assert.equal(code, 0, stderr);
      return JSON.parse(stdout);
    };
    const first = await pull("one:1");
    assert.equal(first.bytesFetched, first.images[0].size);
    scene.cluster.requests.length = 0;
    const second = await pull("one:1", "cool/two:2");
    const [again, other] = second.images;
    assert.equal(again.bytesFetched, 0);
    assert.equal(again.bytesSkipped, again.size);
    assert.equal(other.bytesFetched, other.size);
    const blobs = scene.cluster.requests.filter((line) =>
      line.includes("/one/blobs/")
    );
    assert.deepEqual(blobs, []);
    assert.deepEqual(await imagesIn(layout), [
      `one:1 ${one.descriptor.digest}`,
      `cool/two:2 ${two.descriptor.digest}`,
    ]);
  });
});

Deno.test("pull brings all platforms and what is about an image into an OCI archive", async () => {
  await withScene(async (scene) => {
    const index = buildIndex([buildImage(), buildImage({ platform: ARM })]);
    const sbom = buildImage({
      subject: index.descriptor,
      layers: [{ sbom: "" }],
    });
    await scene.push("app:1", index, sbom);
    const archive = `oci-archive:${scene.folder.file("app.tar")}`;
    const { code, stderr } = await scene.run(["pull", "app:1", archive]);
    assert.equal(code, 0, stderr);
    const source = await openImageArchive({
      path: scene.folder.file("app.tar"),
    }, { tempDir: scene.folder.path, docker: openDockerArchive });
    const referrers = await source.referrers?.() ?? [];
    assert.equal(referrers[0]?.digest, sbom.descriptor.digest);
    for (const [digest, bytes] of [...index.blobs, ...sbom.blobs]) {
      const { length: size } = bytes;
      assert.ok(await source.has({ mediaType: "", digest, size }), digest);
    }
    await source.close();
    await scene.run(["pull", "app:1", archive, "--no-referrers", "-q"]);
    const without = await imagesOf(scene, "app.tar");
    assert.deepEqual(without, [`app:1 ${index.descriptor.digest}`]);
    const listing = await Deno.readTextFile(scene.folder.file("app.tar"));
    assert.equal(listing.includes(sbom.descriptor.digest.slice(7)), false);
  });
});

Deno.test("pull puts one platform into a docker-archive, and never guesses which", async () => {
  await withScene(async (scene) => {
    const arm = buildImage({ platform: ARM });
    await scene.push("app:1", buildIndex([buildImage(), arm]));
    const path = scene.folder.file("app.tar");
    const refused = await scene.run(["pull", "app:1", path]);
    assert.equal(refused.code, 2);
    assert.equal(
      refused.stderr,
      'error: Cannot write "app:1" as Docker\'s image: it has the platforms linux/amd64, linux/arm64, must have 1\n' +
        "Choose one with --platform, or keep all of them: oci-archive:FILE or oci:DIR\n",
    );
    assert.deepEqual(scene.folder.names(), []);
    const { code, stdout, stderr } = await scene.run([
      ...["pull", "app:1", path, "--platform", "linux/arm64"],
    ]);
    assert.equal(code, 0, stderr);
    const { digest } = arm.descriptor;
    assert.equal(stdout, `app:1@${digest}  ${path}\n`);
    assert.match(stderr, new RegExp(`the digest is ${digest}, that of the`));
  });
});

Deno.test("pull --decompress keeps the image ID, and says that the digest changes", async () => {
  await withScene(async (scene) => {
    const image = buildImage();
    await scene.push("app:1", image);
    const path = scene.folder.file("app.tar");
    const { code, stdout, stderr } = await scene.run([
      ...["pull", "app:1", path, "--decompress"],
    ]);
    assert.equal(code, 0, stderr);
    const { digest } = image.descriptor;
    assert.equal(stdout.includes(digest), false);
    assert.ok(
      stderr.includes(
        `The layers of app:1 are stored as plain tars: the image ID stays, the digest is no longer ${digest}\n`,
      ),
    );
    const source = await openImageArchive({ path }, {
      tempDir: scene.folder.path,
      format: "docker-archive",
      docker: openDockerArchive,
    });
    const [only] = await source.images();
    assert.ok(only && "config" in only.root);
    assert.deepEqual(only.root.config, image.config);
    const sizes = only.root.layers.map(({ storedSize }) => storedSize);
    assert.deepEqual(sizes, image.layers.map(({ tar }) => tar.length));
    await source.close();
  });
});

Deno.test("pull keeps a digest as the name, and another name where it is told to", async () => {
  await withScene(async (scene) => {
    const image = buildImage();
    await scene.push("cool/app:1", image);
    const { digest } = image.descriptor;
    const layout = scene.folder.file("layout");
    await scene.run(["pull", `cool/app@${digest}`, `oci:${layout}`, "-q"]);
    await scene.run(["pull", "cool/app:1", `oci:${layout}:other:2`, "-q"]);
    assert.deepEqual(await imagesIn(layout), [
      `cool/app@${digest} ${digest}`,
      `other:2 ${digest}`,
    ]);
    const { code, stderr } = await scene.run(["push", layout]);
    assert.equal(code, 0, stderr);
  });
});

Deno.test("pull - writes the archive alone to the standard output", async () => {
  await withScene(async (scene) => {
    await scene.push("app:1", buildImage());
    const { code, stdout, stderr } = await scene.run(["pull", "app:1", "-"]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^blobs\/sha256\/[0-9a-f]{64}\0/);
    assert.match(stderr, /\napp:1@sha256:[0-9a-f]{64} {2}-\n$/);
  });
});

Deno.test("pull - refuses a terminal before it asks anybody", async () => {
  await withScene(async (scene) => {
    const { code, stderr } = await scene.run(["pull", "app:1", "-"], {
      isTerminal: true,
    });
    assert.equal(code, 2);
    assert.equal(
      stderr,
      "error: Cannot write an image to the standard output: it is a terminal\n" +
        "Pipe it into a program: k8scr pull NAME - | docker load\n",
    );
    assert.deepEqual(scene.cluster.requests, []);
  });
});

Deno.test("pull says what the registry does not have, and leaves nothing", async () => {
  await withScene(async (scene) => {
    const path = scene.folder.file("app.tar");
    const { code, stdout, stderr } = await scene.run(["pull", "app:1", path]);
    assert.equal(code, 1);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      'error from the registry: Cannot fetch "app:1": the registry does not have it\n',
    );
    assert.deepEqual(scene.folder.names(), []);
  });
});
