import { strict as assert } from "node:assert";
import { openEngineSource } from "../../src/cli/engine_source.ts";
import { main } from "../../src/cli/main.ts";
import {
  type FakeEngine,
  refusal,
  serveImage,
  startFakeEngine,
  unpackedDocument,
} from "../engine/fake_engine.ts";
import { dockerArchiveItems } from "../support/docker_archives.ts";
import { buildImage, type BuiltImage } from "../support/images.ts";
import { buildTar } from "../support/tar_builder.ts";
import { FakeIo } from "./fake_io.ts";
import { PodProxyServer } from "./pod_proxy_server.ts";

const encoding = { compression: "gzip", level: 1 } as const;

function startEngineWith(image: BuiltImage, name: string): Promise<FakeEngine> {
  return startFakeEngine(serveImage({
    name,
    document: unpackedDocument(image, name),
    archive: buildTar(dockerArchiveItems([{ image, tags: [name] }], "skopeo")),
  }));
}

Deno.test("openEngineSource() tells which engine it is", async () => {
  await using engine = await startEngineWith(buildImage(), "cool/app:1");
  const env = { DOCKER_HOST: engine.address };
  const io = new FakeIo({ env, tempDir: engine.folder });
  const notes: string[] = [];
  const location = {
    kind: "engine",
    image: "cool/app:1",
    explicit: false,
  } as const;
  const note = (message: string) => void notes.push(message);
  const source = await openEngineSource(location, { io, encoding, note });
  assert.deepEqual(notes, [
    `cool/app:1 is read from Docker 28.3.0 at ${engine.address}`,
  ]);
  await source.close();
});

Deno.test("openEngineSource() says that there is neither a file nor an engine", async () => {
  const env = { DOCKER_HOST: "unix:///nonexistent/engine.sock" };
  const io = new FakeIo({ env });
  const open = (explicit: boolean) => {
    const location = { kind: "engine", image: "imgae", explicit } as const;
    return openEngineSource(location, { io, encoding });
  };
  const tried =
    "Tried unix:///nonexistent/engine.sock (DOCKER_HOST): there is no such socket";
  await assert.rejects(open(false), {
    name: "EngineConnectionError",
    message:
      `Cannot read "imgae": there is no such file or folder, and no container engine answers\n${tried}`,
  });
  await assert.rejects(open(true), {
    name: "EngineConnectionError",
    message: `Cannot find a container engine: none answers\n${tried}`,
  });
});

async function withPush(
  engine: FakeEngine,
  action: (
    push: (...args: string[]) => Promise<{ code: number; io: FakeIo }>,
    cluster: PodProxyServer,
  ) => Promise<void>,
): Promise<void> {
  await using cluster = await PodProxyServer.start();
  await action(async (...args) => {
    const io = new FakeIo({
      env: { KUBECONFIG: cluster.kubeconfig, DOCKER_HOST: engine.address },
      tempDir: engine.folder,
    });
    const code = await main(["push", ...args], io);
    return { code, io };
  }, cluster);
}

async function spooledIn(folder: string): Promise<number> {
  const entries = await Array.fromAsync(Deno.readDir(folder));
  return entries.filter(({ name }) => name.endsWith(".tar")).length;
}

Deno.test("push takes an image of the engine, and leaves nothing behind", async () => {
  const image = buildImage();
  await using engine = await startEngineWith(image, "cool/app:latest");
  await withPush(engine, async (push, cluster) => {
    const { code, io } = await push("cool/app");
    assert.equal(code, 0, io.stderr.text);
    assert.match(io.stdout.text, /^cool\/app:latest@sha256:[0-9a-f]{64}\n$/);
    assert.match(
      io.stderr.text,
      /^cool\/app is read from Docker 28\.3\.0 at unix:/,
    );
    const url = `${cluster.registryUrl}/v2/cool/app/manifests/latest`;
    const accept = "application/vnd.oci.image.manifest.v1+json";
    const manifest = await (await fetch(url, { headers: { accept } })).json();
    assert.equal(manifest.config.digest, image.configDescriptor.digest);
    assert.equal(await spooledIn(engine.folder), 0);
  });
});

Deno.test("push asks for no layer that the registry had when the export began", async () => {
  const image = buildImage({ layers: [{ big: "x".repeat(5_000_000) }] });
  await using engine = await startEngineWith(image, "cool/app:1");
  await withPush(engine, async (push) => {
    const first = await push("cool/app:1");
    assert.equal(first.code, 0, first.io.stderr.text);
    const again = await push("docker-daemon:cool/app:1");
    assert.equal(again.code, 0, again.io.stderr.text);
    assert.equal(again.io.stdout.text, first.io.stdout.text);
    assert.match(again.io.stderr.text, /layer [0-9a-f]{12} is there already/);
  });
});

Deno.test("push ends with 2 when the engine has no such image, before it asks the cluster", async () => {
  await using engine = await startFakeEngine(() =>
    refusal(404, "No such image: imgae:latest")
  );
  await withPush(engine, async (push, cluster) => {
    const { code, io } = await push("imgae");
    assert.equal(code, 2);
    assert.equal(
      io.stderr.text,
      `error from the engine: Cannot read "imgae" from the engine at ${engine.address}: No such image: imgae:latest\n` +
        "There is no file or folder of that name either\n" +
        "Name another engine with DOCKER_HOST, or give an archive\n",
    );
    assert.deepEqual(cluster.requests, []);
    const explicit = await push("docker-daemon:imgae");
    assert.doesNotMatch(explicit.io.stderr.text, /file or folder/);
  });
});

Deno.test("push does not begin an export when the registry cannot be reached", async () => {
  await using engine = await startEngineWith(buildImage(), "cool/app:1");
  await withPush(engine, async (push, cluster) => {
    cluster.refusal = { code: 403, reason: "Forbidden", message: "no" };
    const { code } = await push("cool/app:1");
    assert.equal(code, 3);
    assert.deepEqual(engine.requests, ["GET /images/cool/app:1/json"]);
  });
});
