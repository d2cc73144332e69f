import { strict as assert } from "node:assert";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { pullCommand } from "../../src/cli/commands/pull.ts";
import { main } from "../../src/cli/main.ts";
import type { ProgressDisplay } from "../../src/cli/progress_display.ts";
import { pullImages } from "../../src/cli/pull_images.ts";
import { readPullSettings } from "../../src/cli/pull_settings.ts";
import { openRegistryLink } from "../../src/cli/registry_link.ts";
import type { CopyListener } from "../../src/content/copy_event.ts";
import { buildImage, type BuiltImage } from "../support/images.ts";
import { tempDir } from "../support/temp_dir.ts";
import { FakeIo } from "./fake_io.ts";
import { type Lie, LyingRegistry, ranged } from "./lying_registry.ts";
import type { Run } from "./transfer_scene.ts";

const SILENT: ProgressDisplay = {
  onEvent: () => {},
  note: () => {},
  warn: () => {},
  trace: () => {},
  close: () => {},
};

/** Big enough that a layer does not come in one piece. */
const NOISE = Array.from({ length: 40_000 }, (_, n) => (n * n * 7919) % 65_521)
  .join(" ");

const TARGETS = {
  "docker-archive": (folder: string) => `${folder}/app.tar`,
  "OCI archive": (folder: string) => `oci-archive:${folder}/app.tar`,
  layout: (folder: string) => `oci:${folder}/app`,
};

function bigImage(): BuiltImage {
  return buildImage({ layers: [{ a: "1" }, { noise: NOISE }] });
}

function lastLayer(image: BuiltImage): string {
  return image.layers.at(-1)?.descriptor.digest ?? "";
}

async function pull(
  registry: LyingRegistry,
  target: string,
  ...flags: string[]
): Promise<Run> {
  const io = new FakeIo({ env: { KUBECONFIG: registry.kubeconfig } });
  const code = await main(["pull", "app:1", target, ...flags], io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

/** Pulls with an ear for what happens. */
async function pullWith(
  io: FakeIo,
  word: string,
  onEvent: CopyListener,
): Promise<string> {
  const line = parseCommandLine(["pull", "app:1", word], {
    usage: "k8scr",
    description: "",
    version: "1",
    columns: 80,
    commands: [pullCommand],
  });
  assert.ok("call" in line);
  const settings = await readPullSettings(line.call);
  const display = { ...SILENT, onEvent };
  using link = await openRegistryLink(settings, {
    io,
    display,
    stdinTaken: false,
  });
  return await pullImages(settings, {
    location: settings.target,
    connect: () => link.connect(),
    display,
    io,
  });
}

/** Every file below a folder. */
async function filesIn(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = `${folder}/${name}`;
    files.push(...isDirectory ? await filesIn(path) : [path]);
  }
  return files;
}

/** Files that a reader would take for the result of a pull, or a part of it. */
async function visible(folder: string, image: BuiltImage): Promise<string[]> {
  const broken = lastLayer(image).slice("sha256:".length);
  return (await filesIn(folder)).filter((path) =>
    /(?:app\.tar|index\.json|oci-layout)$/.test(path) ||
    path.endsWith(`blobs/sha256/${broken}`)
  );
}

const LIES: Readonly<Record<string, readonly [Lie, RegExp]>> = {
  "other bytes": [
    (blob) => new Response(blob.map((byte) => byte ^ 1)),
    /^error from the registry: Cannot use what the registry "k8scr" sent: Cannot accept the blob sha256:.*: its digest is sha256:.*, must be sha256:.*\nCheck the storage of the registry, or push the image again\n$/m,
  ],
  "more bytes": [
    (blob) => new Response(new Blob([blob, "and more"])),
    /^error from the registry: Cannot use what the registry "k8scr" sent: .* it has at least \d+ bytes, must have \d+\n/m,
  ],
  "an HTML page of the right length": [
    (blob) => {
      const page = "<html>".padEnd(blob.length, " ");
      const headers = { "content-type": "text/html" };
      return new Response(page, { headers });
    },
    /^error from the registry: Cannot use what the registry "k8scr" sent: /m,
  ],
  "nothing": [
    () => new Response(null, { status: 404 }),
    /^error from the registry: Cannot copy the layer sha256:\S+ of app:1: Cannot fetch the blob "sha256:\S+" of "app": /m,
  ],
};

for (const [title, target] of Object.entries(TARGETS)) {
  for (const [what, [lie, message]] of Object.entries(LIES)) {
    Deno.test(`pull into a ${title} leaves nothing when the registry sends ${what}`, async () => {
      const image = bigImage();
      await using registry = await LyingRegistry.start(image);
      registry.lies.set(lastLayer(image), lie);
      await using folder = await tempDir();
      const { code, stdout, stderr } = await pull(
        registry,
        target(folder.path),
      );
      assert.equal(code, 1, stderr);
      assert.equal(stdout, "");
      assert.match(stderr, message);
      assert.deepEqual(await visible(folder.path, image), []);
      const drafts = (await filesIn(folder.path)).filter((path) =>
        path.includes("k8scr-draft")
      );
      assert.deepEqual(drafts, []);
    });
  }

  Deno.test(`pull into a ${title} goes on by itself when a body is cut off`, async () => {
    const image = bigImage();
    await using registry = await LyingRegistry.start(image);
    let cuts = 0;
    registry.lies.set(lastLayer(image), (blob, request) => {
      const range = request.headers.get("range");
      if (cuts++ > 1) return ranged(blob, request);
      const start = Number(/=(\d+)/.exec(range ?? "")?.[1] ?? 0);
      // The end of the answer comes before that of the blob.
      const part = blob.subarray(0, Math.min(start + 9000, blob.length));
      return ranged(part, request);
    });
    await using folder = await tempDir();
    const { code, stderr } = await pull(registry, target(folder.path));
    assert.equal(code, 0, stderr);
    assert.equal(cuts, 3);
  });

  Deno.test(`pullImages() into a ${title} goes on where Ctrl-C ended it`, async () => {
    const image = bigImage();
    await using registry = await LyingRegistry.start(image);
    await using folder = await tempDir();
    const first = 20_000;
    const starts: number[] = [];
    registry.lies.set(lastLayer(image), (blob, request) => {
      const range = request.headers.get("range");
      starts.push(Number(/=(\d+)/.exec(range ?? "")?.[1] ?? 0));
      if (starts.length > 1) return ranged(blob, request);
      // The rest never comes.
      return new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(blob.slice(0, first)),
        }),
        { headers: { "content-length": String(blob.length) } },
      );
    });
    const io = new FakeIo({ env: { KUBECONFIG: registry.kubeconfig } });
    const word = target(folder.path);
    await assert.rejects(
      pullWith(io, word, (event) => {
        if (event.type === "step-progress" && event.bytes === first) {
          io.interrupt();
        }
      }),
      { name: "CopyError" },
    );
    assert.deepEqual(await visible(folder.path, image), []);
    const { code, stdout, stderr } = await pull(registry, word, "-o", "json");
    assert.equal(code, 0, stderr);
    assert.deepEqual(starts, [0, first]);
    const { parts } = JSON.parse(stdout).images[0];
    const layer = parts.find((part: { digest: string }) =>
      part.digest === lastLayer(image)
    );
    assert.equal(layer.bytesFetched, layer.size - first);
  });
}
