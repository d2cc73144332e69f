import { strict as assert } from "node:assert";
import { main } from "../../../src/cli/main.ts";
import {
  pushImage,
  until,
  withDirectory,
  withRegistryOn,
} from "../../server/registry_fixture.ts";
import { FakeIo } from "../fake_io.ts";

/** A server that runs in this process. */
interface Scene {
  readonly io: FakeIo;
  readonly url: string;
  /** What it logged so far. */
  records(): { kind: string; message?: string; path?: string }[];
}

/** Runs `k8scr serve` until an action is done, and returns its exit code. */
async function serve(
  args: string[],
  action: (scene: Scene) => Promise<void>,
): Promise<number> {
  const io = new FakeIo();
  const flags = ["--listen", "127.0.0.1:0", "--log-format", "json"];
  const running = main(["serve", ...flags, ...args], io);
  const records = () =>
    io.stderr.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  try {
    await until(() => io.stderr.text.includes("\n"));
    const [start] = records();
    await action({ io, url: start.url, records });
  } finally {
    io.interrupt();
    await running;
  }
  assert.equal(io.userSignalListeners, 0);
  assert.equal(io.stdout.text, "");
  return await running;
}

async function run(...args: string[]) {
  const io = new FakeIo();
  const code = await main(["serve", ...args], io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

Deno.test("serve answers until a signal, and ends with 0", async () => {
  await withDirectory(async (directory) => {
    let end: Scene["records"] = () => [];
    const code = await serve(["--data", directory], async (scene) => {
      const response = await fetch(`${scene.url}/v2/`);
      assert.equal(response.status, 200);
      assert.equal(await response.text(), "{}");
      end = scene.records;
    });
    assert.equal(code, 0);
    const kinds = end().map(({ kind }) => kind);
    assert.deepEqual(kinds, ["start", "request", "stop"]);
  });
});

Deno.test("serve collects garbage at SIGUSR1", async () => {
  await withDirectory(async (directory) => {
    await serve(["--data", directory], async ({ io, records }) => {
      io.sendUserSignal();
      await until(() => records().some(({ kind }) => kind === "collection"));
    });
    // A registry that is read-only says why it does not, and goes on.
    const flags = ["--data", directory, "--read-only"];
    await serve(flags, async ({ io, url, records }) => {
      io.sendUserSignal();
      await until(() => records().some(({ kind }) => kind === "failure"));
      const post = await fetch(`${url}/v2/a/blobs/uploads/`, {
        method: "POST",
      });
      await post.body?.cancel();
      assert.equal(post.status, 405);
    });
  });
});

Deno.test("serve warns when others can reach it", async () => {
  await withDirectory(async (directory) => {
    const flags = ["--data", directory, "--listen", ":0"];
    await serve(flags, ({ records }) => {
      const [, warning] = records();
      assert.equal(warning?.kind, "warning");
      assert.match(warning?.message ?? "", /--tls-cert and --tls-key/);
      return Promise.resolve();
    });
  });
});

Deno.test("serve names what keeps it from serving", async () => {
  await withDirectory(async (directory) => {
    await withRegistryOn(directory, async ({ server }) => {
      const other = `${directory}/other`;
      const taken = await run(
        ...["--data", other, "--listen", `127.0.0.1:${server.port}`],
      );
      assert.equal(taken.code, 1);
      assert.match(taken.stderr, /another process listens there\nStop that/);
      const owned = await run("--data", directory, "--listen", "127.0.0.1:0");
      assert.equal(owned.code, 1);
      assert.match(
        owned.stderr,
        new RegExp(`process ${Deno.pid} owns it\nStop that process`),
      );
      const absent = await run(
        ...["--tls-cert", `${directory}/a.crt`, "--tls-key", "a.key"],
        ...["--data", other],
      );
      assert.equal(absent.code, 2);
      assert.match(absent.stderr, /Cannot use --tls-cert ".+a\.crt": No such/);
    });
  });
});

Deno.test("serve --check tells a sound store from a broken one", async () => {
  await withDirectory(async (directory) => {
    let layer = "";
    await withRegistryOn(directory, async (registry) => {
      const image = await pushImage(registry, "a", { name: "1", tag: "v1" });
      layer = image.layer.slice("sha256:".length);
    });
    const sound = await run("--check", "--data", directory);
    assert.deepEqual(sound, {
      code: 0,
      stdout:
        "1 repository, 1 tag, 1 manifest, 3 blobs of 413 B: all is sound\n",
      stderr: "",
    });

    const blobs = `${directory}/docker/registry/v2/blobs/sha256`;
    await Deno.writeTextFile(
      `${blobs}/${layer.slice(0, 2)}/${layer}/data`,
      "damage",
    );
    const look = ["--check", "--read-only", "--data", directory];
    const seen = await run(...look);
    assert.equal(seen.code, 1);
    assert.match(seen.stdout, /^broken: The content "sha256:.+ has the digest/);
    assert.match(seen.stdout, / 3 broken, 0 repaired\n$/);

    const mended = await run("--check", "--data", directory);
    assert.equal(mended.code, 1);
    assert.match(mended.stdout, /^repaired: The content/);
    assert.match(mended.stdout, /\nbroken: The manifest .+ needs the blob/);
    assert.match(mended.stdout, / 1 broken, 2 repaired\n$/);

    const { code, stdout } = await run(...look, "-o", "json");
    assert.equal(code, 1);
    const report = JSON.parse(stdout);
    assert.deepEqual(
      report.problems.map(({ kind }: { kind: string }) => kind),
      ["missing-blob"],
    );
  });
});

Deno.test("serve --check needs a store", async () => {
  const { code, stderr } = await run("--check", "--data", "/nonexistent/k8scr");
  assert.equal(code, 1);
  assert.match(stderr, /^error: Cannot check the store "\/nonexistent\/k8scr"/);
});
