import { strict as assert } from "node:assert";
import { digestOf } from "../../src/oci/digest.ts";
import {
  bytesOf,
  errorCode,
  imageIndex,
  imageManifest,
  INDEX,
  MANIFEST,
  pushBlob,
  pushImage,
  pushManifest,
  type TestRegistry,
  withRegistry,
} from "./registry_fixture.ts";

const NOWHERE = `sha256:${"a".repeat(64)}`;

async function put(
  registry: TestRegistry,
  reference: string,
  { document, mediaType = MANIFEST }: { document: string; mediaType?: string },
) {
  return await registry.send("PUT", `/v2/a/manifests/${reference}`, {
    body: document,
    headers: { "content-type": mediaType },
  });
}

Deno.test("a manifest is served as it was pushed", async () => {
  await withRegistry(async (registry) => {
    const config = await pushBlob(registry, "a", "{}");
    const document = imageManifest({ config }).replace("{", '{ "odd" : "é",\n');
    const digest = digestOf(bytesOf(document));
    const pushed = await put(registry, "v1", {
      document,
      mediaType: `${MANIFEST}; charset=utf-8`,
    });
    assert.equal(pushed.status, 201);
    assert.equal(pushed.headers.get("docker-content-digest"), digest);
    const location = `/v2/a/manifests/${digest}`;
    assert.equal(pushed.headers.get("location"), location);
    assert.equal(pushed.headers.get("oci-subject"), null);
    for (const path of [location, "/v2/a/manifests/v1"]) {
      const got = await registry.send("GET", path);
      assert.equal(got.status, 200);
      assert.equal(got.text, document);
      assert.equal(got.headers.get("content-type"), MANIFEST);
      const head = await registry.send("HEAD", path);
      assert.equal(head.headers.get("docker-content-digest"), digest);
      const length = String(bytesOf(document).length);
      assert.equal(head.headers.get("content-length"), length);
    }
  });
});

Deno.test("a manifest without mediaType is known by its form", async () => {
  await withRegistry(async (registry) => {
    const config = await pushBlob(registry, "a", "{}");
    const strip = (text: string, type: string) =>
      text.replace(`"mediaType":"${type}",`, "");
    const manifest = strip(imageManifest({ config }), MANIFEST);
    const index = strip(imageIndex([]), INDEX);
    assert.equal(
      (await put(registry, "m", { document: manifest })).status,
      201,
    );
    assert.equal(
      (await put(registry, "i", { document: index, mediaType: INDEX })).status,
      201,
    );
    const typeOf = async (tag: string) =>
      (await registry.send("HEAD", `/v2/a/manifests/${tag}`)).headers
        .get("content-type");
    assert.equal(await typeOf("m"), MANIFEST);
    assert.equal(await typeOf("i"), INDEX);
  });
});

Deno.test("Docker's media types are served too", async () => {
  await withRegistry(async (registry) => {
    const config = await pushBlob(registry, "a", "{}");
    const mediaType = "application/vnd.docker.distribution.manifest.v2+json";
    const document = imageManifest({ config })
      .replace(MANIFEST, mediaType)
      .replace(
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.docker.container.image.v1+json",
      );
    await pushManifest(registry, "a", { document, tag: "v1", mediaType });
    const { headers } = await registry.send("HEAD", "/v2/a/manifests/v1");
    assert.equal(headers.get("content-type"), mediaType);
  });
});

Deno.test("a manifest that is not what it says is refused", async () => {
  await withRegistry(async (registry) => {
    const config = await pushBlob(registry, "a", "{}");
    const good = imageManifest({ config });
    const refused: [document: string, mediaType: string][] = [
      ["", MANIFEST],
      ["no JSON", MANIFEST],
      ["[]", MANIFEST],
      [good, INDEX],
      [good, "text/plain"],
      [good.replace('"schemaVersion":2', '"schemaVersion":1'), MANIFEST],
      [good.replace("{", '{"manifests":[],'), MANIFEST],
      [good.replace(config, "sha256:short"), MANIFEST],
      ["[".repeat(100_000), MANIFEST],
      [`{"a":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, MANIFEST],
    ];
    for (const [document, mediaType] of refused) {
      const answer = await put(registry, "v1", { document, mediaType });
      assert.equal(answer.status, 400, document.slice(0, 100));
      assert.equal(errorCode(answer), "MANIFEST_INVALID");
    }
    const wrong = await put(registry, NOWHERE, { document: good });
    assert.equal(wrong.status, 400);
    assert.equal(errorCode(wrong), "DIGEST_INVALID");
    const { status } = await registry.send("HEAD", "/v2/a/manifests/v1");
    assert.equal(status, 404);
  });
});

Deno.test("a manifest of up to 4 MiB is taken", async () => {
  await withRegistry(async (registry) => {
    const config = await pushBlob(registry, "a", "{}");
    const withNote = (length: number) =>
      imageManifest({ config, annotations: { note: "x".repeat(length) } });
    const size = 4 * 1024 * 1024 - withNote(0).length;
    const largest = await put(registry, "v1", { document: withNote(size) });
    assert.equal(largest.status, 201);
    const larger = await put(registry, "v2", { document: withNote(size + 1) });
    assert.equal(larger.status, 413);
    assert.equal(errorCode(larger), "SIZE_INVALID");
  });
});

Deno.test("an image has to be whole, an index need not", async () => {
  await withRegistry(async (registry) => {
    const config = await pushBlob(registry, "a", "{}");
    const layer = await pushBlob(registry, "elsewhere", "layer");
    const document = imageManifest({ config, layers: [layer] });
    const refused = await put(registry, "v1", { document });
    assert.equal(refused.status, 404);
    assert.equal(errorCode(refused), "MANIFEST_BLOB_UNKNOWN");
    assert.match(refused.text, new RegExp(layer));
    const foreign = document.replace(
      "application/vnd.oci.image.layer.v1.tar",
      "application/vnd.oci.image.layer.nondistributable.v1.tar",
    );
    assert.equal(
      (await put(registry, "v1", { document: foreign })).status,
      201,
    );
    const sparse = imageIndex([NOWHERE]);
    const index = await put(registry, "v2", {
      document: sparse,
      mediaType: INDEX,
    });
    assert.equal(index.status, 201);
  });
});

Deno.test("a tag moves, and goes alone", async () => {
  await withRegistry(async (registry) => {
    const first = await pushImage(registry, "a", { name: "one", tag: "v1" });
    const second = await pushImage(registry, "a", { name: "two", tag: "v1" });
    const head = await registry.send("HEAD", "/v2/a/manifests/v1");
    assert.equal(head.headers.get("docker-content-digest"), second.manifest);

    const deleted = await registry.send("DELETE", "/v2/a/manifests/v1");
    assert.equal(deleted.status, 202);
    const status = async (method: string, reference: string) =>
      (await registry.send(method, `/v2/a/manifests/${reference}`)).status;
    assert.equal(await status("HEAD", "v1"), 404);
    assert.equal(await status("DELETE", "v1"), 404);
    assert.equal(await status("HEAD", first.manifest), 200);
    assert.equal(await status("HEAD", second.manifest), 200);
  });
});

Deno.test("a manifest takes its tags with it, and its place as a referrer", async () => {
  await withRegistry(async (registry) => {
    const { manifest, config } = await pushImage(registry, "a", {
      name: "one",
      tag: "v1",
    });
    const document = imageManifest({ config, subject: manifest });
    const pushed = await put(registry, "signature", { document });
    assert.equal(pushed.headers.get("oci-subject"), manifest);
    await put(registry, "copy", { document });
    const digest = digestOf(bytesOf(document));

    await registry.send("DELETE", `/v2/a/manifests/${digest}`);
    const tags = await registry.send("GET", "/v2/a/tags/list");
    assert.deepEqual(JSON.parse(tags.text).tags, ["v1"]);
    const referrers = await registry.send("GET", `/v2/a/referrers/${manifest}`);
    assert.deepEqual(JSON.parse(referrers.text).manifests, []);
    const again = await registry.send("DELETE", `/v2/a/manifests/${digest}`);
    assert.equal(again.status, 404);
  });
});

Deno.test("one request gives a manifest many tags", async () => {
  await withRegistry(async (registry) => {
    const config = await pushBlob(registry, "a", "{}");
    const document = imageManifest({ config });
    const digest = digestOf(bytesOf(document));
    const answer = await put(registry, `${digest}?tag=x&tag=y`, { document });
    assert.equal(answer.headers.get("oci-tag"), "x, y");
    const tags = await registry.send("GET", "/v2/a/tags/list");
    assert.deepEqual(JSON.parse(tags.text), { name: "a", tags: ["x", "y"] });
    const wrong = await put(registry, `${digest}?tag=-`, { document });
    assert.equal(errorCode(wrong), "TAG_INVALID");
    const many = Array(33).fill("tag=x").join("&");
    const tooMany = await put(registry, `${digest}?${many}`, { document });
    assert.equal(tooMany.status, 414);
  });
});

Deno.test("tags that are pushed at once are all there", async () => {
  await withRegistry(async (registry) => {
    const config = await pushBlob(registry, "a", "{}");
    const tags = Array.from({ length: 30 }, (_, index) => `t${index + 10}`);
    await Promise.all(tags.map((tag) =>
      pushManifest(registry, "a", {
        document: imageManifest({ config, annotations: { tag } }),
        tag,
      })
    ));
    const list = await registry.send("GET", "/v2/a/tags/list");
    assert.deepEqual(JSON.parse(list.text).tags, tags);
  });
});
