import { strict as assert } from "node:assert";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { fallbackRepository, openSource } from "../../src/cli/open_source.ts";
import type { SourceLocation } from "../../src/cli/source_location.ts";
import { isDraft } from "../../src/content/image_source.ts";
import { writeDockerArchive } from "../support/docker_archives.ts";
import { buildImage } from "../support/images.ts";
import { writeLayout, writeOciArchive } from "../support/layouts.ts";
import { FakeIo } from "./fake_io.ts";

const encoding = { compression: "gzip", level: 1 } as const;

async function inFolder(
  action: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function namesOf(
  location: SourceLocation,
  io = new FakeIo(),
): Promise<readonly (readonly string[])[]> {
  const source = await openSource(location, { io, encoding });
  try {
    return (await source.images()).map(({ names }) => names);
  } finally {
    await source.close();
  }
}

Deno.test("openSource() opens layouts and both kinds of archive", async () => {
  await inFolder(async (folder) => {
    const image = buildImage();
    const layout = join(folder, "layout");
    await writeLayout(layout, [{ content: image, name: "1.2" }]);
    assert.deepEqual(await namesOf({ kind: "path", path: layout }), [["1.2"]]);
    assert.deepEqual(await namesOf({ kind: "layout", path: layout }), [[
      "1.2",
    ]]);
    const oci = join(folder, "oci.tar");
    await writeOciArchive(oci, [{ content: image, name: "app:3" }]);
    assert.deepEqual(await namesOf({ kind: "path", path: oci }), [["app:3"]]);
    const docker = join(folder, "docker.tar");
    await writeDockerArchive(docker, [{ image, tags: ["app:4"] }]);
    assert.deepEqual(await namesOf({ kind: "path", path: docker }), [[
      "app:4",
    ]]);
  });
});

Deno.test("openSource() spools the standard input and leaves nothing", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "docker.tar");
    await writeDockerArchive(path, [{ image: buildImage(), tags: ["app:5"] }]);
    const stdin = gzipSync(await Deno.readFile(path));
    await Deno.remove(path);
    const io = new FakeIo({ stdin, tempDir: folder });
    assert.deepEqual(await namesOf({ kind: "stream" }, io), [["app:5"]]);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  });
});

Deno.test("openSource() reads an archive as what the user says it is", async () => {
  await inFolder(async (folder) => {
    const path = join(folder, "both.tar");
    await writeDockerArchive(path, [{ image: buildImage(), tags: ["app:6"] }], {
      producer: "containerd",
    });
    const location = {
      kind: "archive",
      path,
      format: "docker-archive",
    } as const;
    const source = await openSource(location, { io: new FakeIo(), encoding });
    const [image] = await source.images();
    await source.close();
    assert.equal(image && isDraft(image.root), true);
  });
});

Deno.test("openSource() does not read from a terminal", async () => {
  const { stdin, tempDir, signal } = new FakeIo();
  const env = () => undefined;
  const io = { env, stdin, tempDir, signal, stdinIsTerminal: true };
  await assert.rejects(openSource({ kind: "stream" }, { io, encoding }), {
    name: "UsageError",
    message: "Cannot read an image from the standard input: it is a terminal",
  });
  await stdin.cancel();
});

Deno.test("fallbackRepository() is the name of the file or folder", () => {
  const of = (path: string) => fallbackRepository({ kind: "path", path });
  assert.equal(of("/some/Nginx.tar.gz"), "nginx");
  assert.equal(of("images/app-1.2/"), "app-1.2");
  assert.equal(of("/tmp/a.oci"), "a");
  assert.equal(of("/tmp/not a name"), undefined);
  assert.equal(fallbackRepository({ kind: "stream" }), undefined);
  const location = { kind: "engine", image: "a", explicit: true } as const;
  assert.equal(fallbackRepository(location), undefined);
});
