import { strict as assert } from "node:assert";
import { join } from "node:path";
import { locateSource } from "../../src/cli/source_location.ts";

async function inFolder(
  names: readonly string[],
  action: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of names) await Deno.writeTextFile(join(folder, name), "");
    await action(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("locateSource() knows the standard input", async () => {
  assert.deepEqual(await locateSource("-"), { kind: "stream" });
  assert.deepEqual(await locateSource("docker-archive:-:app:1"), {
    kind: "stream",
    format: "docker-archive",
    name: "app:1",
  });
});

Deno.test("locateSource() lets a path that exists win", async () => {
  await inFolder(["image.tar", "oci:dir"], async (folder) => {
    for (const name of ["", "image.tar", "oci:dir"]) {
      const path = join(folder, name);
      assert.deepEqual(await locateSource(path), { kind: "path", path });
    }
  });
});

Deno.test("locateSource() takes skopeo's words", async () => {
  assert.deepEqual(await locateSource("docker-archive:a.tar"), {
    kind: "archive",
    format: "docker-archive",
    path: "a.tar",
  });
  assert.deepEqual(await locateSource("oci-archive:a.tar:cool/image:1.2"), {
    kind: "archive",
    format: "oci-archive",
    path: "a.tar",
    name: "cool/image:1.2",
  });
  assert.deepEqual(await locateSource("oci:some/dir:1.2"), {
    kind: "layout",
    path: "some/dir",
    name: "1.2",
  });
  assert.deepEqual(await locateSource("oci:C:\\images\\a:1.2"), {
    kind: "layout",
    path: "C:\\images\\a",
    name: "1.2",
  });
});

Deno.test("locateSource() lets a file with a colon win over a name", async () => {
  await inFolder(["a:1"], async (folder) => {
    const path = join(folder, "a:1");
    assert.deepEqual(await locateSource(`docker-archive:${path}`), {
      kind: "archive",
      format: "docker-archive",
      path,
    });
  });
});

Deno.test("locateSource() says that a file is not there", async () => {
  await assert.rejects(locateSource("./image.tar"), {
    name: "ArchiveError",
    message: 'Cannot read "./image.tar": there is no such file or folder',
    recommendation: undefined,
  });
  await assert.rejects(locateSource(""), { name: "UsageError" });
});

Deno.test("locateSource() takes what may be an image for one of an engine", async () => {
  for (const image of ["cool/image:1.2", "busybox", "2ccf8299d7f6"]) {
    assert.deepEqual(await locateSource(image), {
      kind: "engine",
      image,
      explicit: false,
    });
  }
});

Deno.test("locateSource() takes docker-daemon: even before a file's name", async () => {
  assert.deepEqual(await locateSource("docker-daemon:image.tar:1"), {
    kind: "engine",
    image: "image.tar:1",
    explicit: true,
  });
  await assert.rejects(locateSource("docker-daemon:cool/Image"), {
    name: "ReferenceSyntaxError",
  });
});
