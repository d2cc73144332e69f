import { strict as assert } from "node:assert";
import {
  errorCode,
  imageIndex,
  imageManifest,
  INDEX,
  MANIFEST,
  pushBlob,
  pushImage,
  pushManifest,
  withRegistry,
} from "./registry_fixture.ts";

Deno.test("tags are listed in pages", async () => {
  await withRegistry(async (registry) => {
    const config = await pushBlob(registry, "a", "{}");
    const document = imageManifest({ config });
    for (const tag of ["v2", "V3", "v10", "latest"]) {
      await pushManifest(registry, "a", { document, tag });
    }
    const list = async (query: string) => {
      const path = `/v2/a/tags/list${query}`;
      const { text, headers } = await registry.send("GET", path);
      return [JSON.parse(text).tags, headers.get("link")];
    };
    const all = ["V3", "latest", "v10", "v2"];
    assert.deepEqual(await list(""), [all, null]);
    const next = '</v2/a/tags/list?last=latest&n=2>; rel="next"';
    assert.deepEqual(await list("?n=2"), [["V3", "latest"], next]);
    assert.deepEqual(await list("?last=latest&n=2"), [["v10", "v2"], null]);
    assert.deepEqual(await list("?n=0"), [[], null]);
    assert.deepEqual(await list("?last=zzz"), [[], null]);
    const wrong = await registry.send("GET", "/v2/a/tags/list?n=x");
    assert.equal(wrong.status, 400);
    assert.equal(errorCode(wrong), "PAGINATION_NUMBER_INVALID");
  });
});

Deno.test("tags of a repository that is not there are a 404", async () => {
  await withRegistry(async (registry) => {
    const answer = await registry.send("GET", "/v2/a/tags/list");
    assert.equal(answer.status, 404);
    assert.equal(errorCode(answer), "NAME_UNKNOWN");
  });
});

Deno.test("repositories are listed in pages and in byte order", async () => {
  await withRegistry(async (registry) => {
    for (const name of ["a/b", "a", "a-b", "b/blobs", "a/b/c"]) {
      await pushImage(registry, name, { name });
    }
    const list = async (query: string) => {
      const path = `/v2/_catalog${query}`;
      const { text, headers } = await registry.send("GET", path);
      return [JSON.parse(text).repositories, headers.get("link")];
    };
    const all = ["a", "a-b", "a/b", "a/b/c", "b/blobs"];
    assert.deepEqual(await list(""), [all, null]);
    assert.deepEqual(await list("?n=3"), [
      ["a", "a-b", "a/b"],
      '</v2/_catalog?last=a%2Fb&n=3>; rel="next"',
    ]);
    assert.deepEqual(await list("?n=3&last=a%2Fb"), [
      ["a/b/c", "b/blobs"],
      null,
    ]);
  });
});

Deno.test("a repository without manifests is not listed", async () => {
  await withRegistry(async (registry) => {
    const list = async () =>
      JSON.parse((await registry.send("GET", "/v2/_catalog")).text);
    await pushBlob(registry, "a", "{}");
    assert.deepEqual(await list(), { repositories: [] });
    const { manifest } = await pushImage(registry, "a", { name: "one" });
    assert.deepEqual(await list(), { repositories: ["a"] });
    await registry.send("DELETE", `/v2/a/manifests/${manifest}`);
    assert.deepEqual(await list(), { repositories: [] });
  });
});

Deno.test("an upload that is not finished makes no repository", async () => {
  await withRegistry(async (registry) => {
    await registry.send("POST", "/v2/a/blobs/uploads/");
    const { text } = await registry.send("GET", "/v2/_catalog");
    assert.deepEqual(JSON.parse(text), { repositories: [] });
  });
});

Deno.test("referrers are listed with type and annotations", async () => {
  await withRegistry(async (registry) => {
    const { manifest, config } = await pushImage(registry, "a", {
      name: "subject",
    });
    const signature = await pushManifest(registry, "a", {
      document: imageManifest({
        config,
        subject: manifest,
        artifactType: "application/signature",
        annotations: { by: "me" },
      }),
    });
    const plain = await pushManifest(registry, "a", {
      document: imageManifest({ config, subject: manifest }),
    });
    const index = await pushManifest(registry, "a", {
      document: imageIndex([], manifest),
      mediaType: INDEX,
    });
    const list = (query: string) =>
      registry.send("GET", `/v2/a/referrers/${manifest}${query}`);

    const all = await list("");
    assert.equal(all.headers.get("content-type"), INDEX);
    assert.equal(all.headers.get("oci-filters-applied"), null);
    const document = JSON.parse(all.text);
    assert.equal(document.schemaVersion, 2);
    assert.equal(document.mediaType, INDEX);
    const byDigest = new Map(
      document.manifests.map((it: { digest: string }) => [it.digest, it]),
    );
    assert.deepEqual(
      [...byDigest.keys()],
      [signature, plain, index].sort(),
    );
    const signed = await registry.send("GET", `/v2/a/manifests/${signature}`);
    assert.deepEqual(byDigest.get(signature), {
      mediaType: MANIFEST,
      artifactType: "application/signature",
      annotations: { by: "me" },
      digest: signature,
      size: signed.bytes.length,
    });
    assert.deepEqual(Object.keys(Object(byDigest.get(index))), [
      "mediaType",
      "digest",
      "size",
    ]);

    const filtered = await list("?artifactType=application/signature");
    assert.equal(filtered.headers.get("oci-filters-applied"), "artifactType");
    assert.deepEqual(JSON.parse(filtered.text).manifests, [
      byDigest.get(signature),
    ]);
    const byConfig = await list(
      "?artifactType=application/vnd.oci.image.config.v1%2Bjson",
    );
    assert.deepEqual(JSON.parse(byConfig.text).manifests, [
      byDigest.get(plain),
    ]);
  });
});

Deno.test("referrers of what is not there are an empty list", async () => {
  await withRegistry(async (registry) => {
    const path = `/v2/a/referrers/sha512:${"a".repeat(128)}`;
    const { status, text } = await registry.send("GET", path);
    assert.equal(status, 200);
    assert.deepEqual(JSON.parse(text).manifests, []);
    // Asking makes no repository.
    const catalog = await registry.send("GET", "/v2/_catalog");
    assert.deepEqual(JSON.parse(catalog.text), { repositories: [] });
  });
});

Deno.test("a long list of referrers comes in pages", async () => {
  await withRegistry(async (registry) => {
    const { manifest, config } = await pushImage(registry, "a", {
      name: "subject",
    });
    const pushed = await Promise.all(
      ["1", "2", "3", "4"].map((letter) =>
        pushManifest(registry, "a", {
          document: imageManifest({
            config,
            subject: manifest,
            annotations: { note: letter.repeat(1_000_000) },
          }),
        })
      ),
    );
    const got: string[] = [];
    let path: string | undefined = `/v2/a/referrers/${manifest}`;
    let pages = 0;
    while (path !== undefined) {
      const answer = await registry.send("GET", path);
      pages++;
      const { manifests } = JSON.parse(answer.text);
      got.push(...manifests.map((it: { digest: string }) => it.digest));
      path = /^<(.*)>; rel="next"$/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    assert.equal(pages, 2);
    assert.deepEqual(got, pushed.sort());
  });
});
