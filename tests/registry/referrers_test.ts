import { strict as assert } from "node:assert";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { digestOf, parseDigest } from "../../src/oci/digest.ts";
import {
  addReferrer,
  fallbackTag,
  listReferrers,
  removeReferrer,
} from "../../src/registry/referrers.ts";
import { withScript } from "../support/scripted_server.ts";
import { FOUR_DIGEST, scopeOf, TEN_DIGEST } from "./upload_fixture.ts";

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const SUBJECT = FOUR_DIGEST;
const LIST = `GET /v2/a/referrers/${SUBJECT}`;
const TAG =
  "sha256-88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589";
const FALLBACK = `/v2/a/manifests/${TAG}`;

/** An artifact that refers to the subject. */
const ARTIFACT = new TextEncoder().encode(JSON.stringify({
  schemaVersion: 2,
  mediaType: OCI_MANIFEST,
  artifactType: "application/spdx",
  config: {
    mediaType: "application/vnd.oci.empty.v1+json",
    digest: TEN_DIGEST,
    size: 2,
  },
  layers: [],
  annotations: { note: "x" },
}));

const REFERRER: Descriptor = {
  mediaType: OCI_MANIFEST,
  digest: digestOf(ARTIFACT),
  size: ARTIFACT.length,
};

const ENTRY = {
  ...REFERRER,
  artifactType: "application/spdx",
  annotations: { note: "x" },
};

const OTHER = { mediaType: OCI_MANIFEST, digest: TEN_DIGEST, size: 7 };

function listOf(...manifests: readonly Descriptor[]): string {
  return JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_INDEX,
    manifests,
  });
}

function add(scope: ReturnType<typeof scopeOf>): Promise<void> {
  return addReferrer(scope, {
    manifest: { descriptor: REFERRER, bytes: ARTIFACT },
    subject: SUBJECT,
  });
}

/** The requests that write a list and have it confirmed. */
function written(list: string) {
  return [
    {
      request: `PUT ${FALLBACK}`,
      headers: { "content-type": OCI_INDEX },
      body: list,
      status: 201,
    },
    {
      request: `HEAD ${FALLBACK}`,
      answer: {
        "docker-content-digest": digestOf(new TextEncoder().encode(list)),
      },
    },
  ];
}

Deno.test("fallbackTag() cuts and cleans the digest", () => {
  assert.equal(fallbackTag(SUBJECT), TAG);
  assert.equal(
    fallbackTag(parseDigest(`sha512:${"ab".repeat(64)}`)),
    `sha512-${"ab".repeat(32)}`,
  );
  assert.equal(fallbackTag(parseDigest("a+b:c=d")), "a-b-c-d");
});

Deno.test("listReferrers() reads all pages of the API", async () => {
  const answer = { "content-type": OCI_INDEX };
  const link = `</v2/a/referrers/${SUBJECT}?page=2>; rel="next"`;
  await withScript([
    { request: LIST, text: listOf(OTHER), answer: { ...answer, link } },
    { request: `${LIST}?page=2`, text: listOf(ENTRY), answer },
  ], async (transport) => {
    const referrers = await listReferrers(scopeOf(transport), SUBJECT);
    assert.deepEqual(referrers, [OTHER, ENTRY]);
  });
});

Deno.test("listReferrers() reads the fallback tag where there is no API", async () => {
  for (
    const noApi of [
      { status: 404 },
      { text: "{}", answer: { "content-type": "application/json" } },
    ]
  ) {
    await withScript([
      { request: LIST, ...noApi },
      {
        request: `GET ${FALLBACK}`,
        text: listOf(ENTRY),
        answer: { "content-type": OCI_INDEX },
      },
    ], async (transport) => {
      const referrers = await listReferrers(scopeOf(transport), SUBJECT);
      assert.deepEqual(referrers, [ENTRY]);
    });
  }
});

Deno.test("listReferrers() finds none where there is nothing", async () => {
  await withScript([
    { request: LIST, status: 404 },
    { request: `GET ${FALLBACK}`, status: 404 },
  ], async (transport) => {
    assert.deepEqual(await listReferrers(scopeOf(transport), SUBJECT), []);
  });
});

Deno.test("addReferrer() makes a list where there is none", async () => {
  await withScript([
    { request: `GET ${FALLBACK}`, status: 404 },
    ...written(listOf(ENTRY)),
  ], async (transport) => {
    await add(scopeOf(transport));
  });
});

Deno.test("addReferrer() keeps what the list has", async () => {
  await withScript([
    {
      request: `GET ${FALLBACK}`,
      text: listOf(OTHER),
      answer: { "content-type": OCI_INDEX },
    },
    ...written(listOf(OTHER, ENTRY)),
  ], async (transport) => {
    await add(scopeOf(transport));
  });
});

Deno.test("addReferrer() writes nothing when the entry is there", async () => {
  await withScript([{
    request: `GET ${FALLBACK}`,
    text: listOf(ENTRY),
    answer: { "content-type": OCI_INDEX },
  }], async (transport) => {
    await add(scopeOf(transport));
  });
});

Deno.test("addReferrer() describes an index without a type", async () => {
  const index = new TextEncoder().encode(listOf());
  const descriptor = {
    mediaType: OCI_INDEX,
    digest: digestOf(index),
    size: index.length,
  };
  await withScript([
    { request: `GET ${FALLBACK}`, status: 404 },
    ...written(listOf(descriptor)),
  ], async (transport) => {
    await addReferrer(scopeOf(transport), {
      manifest: { descriptor, bytes: index },
      subject: SUBJECT,
    });
  });
});

Deno.test("addReferrer() does not overwrite a tag that is no list", async () => {
  await withScript([{
    request: `GET ${FALLBACK}`,
    text: "abcd",
    answer: { "content-type": OCI_INDEX },
  }], async (transport) => {
    await assert.rejects(add(scopeOf(transport)), {
      name: "RegistryError",
      message: `Cannot read the referrers of "${SUBJECT}" in "a": ` +
        `the tag "${TAG}" is not a list of referrers`,
    });
  });
});

Deno.test("removeReferrer() takes one entry out and leaves the others", async () => {
  await withScript([
    {
      request: `GET ${FALLBACK}`,
      text: listOf(OTHER, ENTRY),
      answer: { "content-type": OCI_INDEX },
    },
    ...written(listOf(OTHER)),
  ], async (transport) => {
    const { digest } = REFERRER;
    const referrer = { digest, subject: SUBJECT };
    await removeReferrer(scopeOf(transport), referrer);
  });
});

Deno.test("removeReferrer() writes nothing where there is no entry", async () => {
  const request = `GET ${FALLBACK}`;
  await withScript([
    { request, status: 404 },
    { request, text: listOf(OTHER), answer: { "content-type": OCI_INDEX } },
  ], async (transport) => {
    const { digest } = REFERRER;
    const referrer = { digest, subject: SUBJECT };
    await removeReferrer(scopeOf(transport), referrer);
    await removeReferrer(scopeOf(transport), referrer);
  });
});
