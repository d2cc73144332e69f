import { strict as assert } from "node:assert";
import { readTags } from "../../src/cli/list_tags.ts";
import { ConnectionError } from "../../src/http/connection_error.ts";
import type { Manifest } from "../../src/registry/manifests.ts";
import { buildImage, buildIndex } from "../support/images.ts";
import { streamOf } from "../support/memory_store.ts";

const IMAGE = buildImage();
const ARM64 = buildImage({ platform: { os: "linux", architecture: "arm64" } });
const ATTESTATION = buildImage({
  platform: { os: "unknown", architecture: "unknown" },
});

type Answer = Manifest | Error | undefined;

/** A repository whose tags lead to what the table says. */
function repositoryOf(answers: Readonly<Record<string, Answer>>) {
  const asked: string[] = [];
  return {
    asked,
    location: "app",
    fetchManifest: (reference: string) => {
      asked.push(reference);
      const answer = answers[reference];
      return answer instanceof Error
        ? Promise.reject(answer)
        : Promise.resolve(answer);
    },
    open: () => {
      asked.push("config");
      return Promise.resolve(streamOf(IMAGE.config));
    },
  };
}

const { signal } = new AbortController();

Deno.test("readTags() reads content that several tags lead to once", async () => {
  const repository = repositoryOf({ "1": IMAGE, "2": IMAGE });
  const listed = await readTags(repository, ["1", "2"], signal);
  assert.deepEqual(repository.asked, ["1", "2", "config"]);
  assert.deepEqual(listed.map(({ tag }) => tag), ["1", "2"]);
  const [first] = listed;
  assert.ok(first && "content" in first);
  assert.deepEqual(first.content.platforms, ["linux/amd64"]);
});

Deno.test("readTags() leaves attestations out of the platforms", async () => {
  const index = buildIndex([IMAGE, ARM64, ATTESTATION]);
  const repository = repositoryOf({
    "1": index,
    [IMAGE.descriptor.digest]: IMAGE,
    [ATTESTATION.descriptor.digest]: ATTESTATION,
  });
  const [listed] = await readTags(repository, ["1"], signal);
  assert.ok(listed && "content" in listed);
  assert.deepEqual(listed.content.platforms, ["linux/amd64"]);
  assert.deepEqual(listed.content.missing, [ARM64.descriptor.digest]);
});

Deno.test("readTags() lists tags that lead nowhere, and names that are no tags", async () => {
  const repository = repositoryOf({});
  const tags = ["gone", "../../secret"];
  const listed = await readTags(repository, tags, signal);
  assert.deepEqual(listed, [
    {
      tag: "gone",
      fault: 'Cannot find the tag "gone" in "app": ' +
        "the registry does not have it",
    },
    { tag: "../../secret", fault: "Its name is not that of a tag" },
  ]);
  assert.deepEqual(repository.asked, ["gone"]);
});

Deno.test("readTags() fails when the registry is out of reach", async () => {
  const failure = new ConnectionError("Cannot reach it", {
    address: "x:1",
    stage: "connect",
    transient: true,
  });
  const repository = repositoryOf({ "1": IMAGE, "2": failure });
  await assert.rejects(readTags(repository, ["1", "2"], signal), failure);
});

Deno.test("readTags() takes a list of referrers for no image", async () => {
  const artifact = buildImage({ artifactType: "application/x-sbom" });
  const list = buildIndex([{ ...artifact }]);
  const repository = repositoryOf({
    one: artifact,
    all: list,
    [artifact.descriptor.digest]: artifact,
  });
  const listed = await readTags(repository, ["one", "all"], signal);
  const types = listed.map((tag) =>
    "content" in tag && [tag.content.artifactType, tag.content.platforms]
  );
  assert.deepEqual(types, [
    ["application/x-sbom", []],
    ["application/vnd.oci.image.index.v1+json", []],
  ]);
});

Deno.test("readTags() says what tags of digests are about, and shows no platform", async () => {
  const { digest } = IMAGE.descriptor;
  const stem = digest.replace(":", "-");
  const list = buildIndex([ATTESTATION, IMAGE]);
  const repository = repositoryOf({
    [stem]: list,
    [`${stem}.sig`]: IMAGE,
    [digest]: IMAGE,
    [ATTESTATION.descriptor.digest]: ATTESTATION,
  });
  const listed = await readTags(repository, [stem, `${stem}.sig`], signal);
  assert.deepEqual(
    listed.map((tag) =>
      "content" in tag && [tag.content.about, tag.content.platforms]
    ),
    [
      [{ subject: digest, kind: "referrers" }, []],
      [{ subject: digest, kind: "signature" }, []],
    ],
  );
});

Deno.test("readTags() takes an image under the tag of its own digest for the image", async () => {
  const tag = IMAGE.descriptor.digest.replace(":", "-");
  const other = ARM64.descriptor.digest.replace(":", "-");
  const repository = repositoryOf({ [tag]: IMAGE, [other]: IMAGE });
  for (const listed of await readTags(repository, [tag, other], signal)) {
    assert.ok("content" in listed);
    assert.equal(listed.content.about, undefined);
    assert.deepEqual(listed.content.platforms, ["linux/amd64"]);
  }
});
