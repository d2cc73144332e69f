import { strict as assert } from "node:assert";
import type { Transport } from "../../src/http/transport.ts";
import type { Descriptor } from "../../src/oci/descriptor.ts";
import { digestOf } from "../../src/oci/digest.ts";
import { Registry } from "../../src/registry/registry.ts";
import type {
  JournaledBlob,
  UploadJournal,
} from "../../src/registry/upload_journal.ts";
import {
  type ScriptedExchange,
  withScript,
} from "../support/scripted_server.ts";
import {
  contentOf,
  FOUR_DIGEST,
  quickRetry,
  TEN_DIGEST,
} from "./upload_fixture.ts";

const OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const DIGEST_HEADER = "docker-content-digest";
const HEX = FOUR_DIGEST.slice("sha256:".length);

function registryOf(
  transport: Transport,
  options: { journal?: UploadJournal } = {},
): Registry {
  return new Registry(transport, {
    chunkSize: 4,
    retry: quickRetry({ maxAttempts: 5 }),
    ...options,
  });
}

function abcd() {
  return contentOf("abcd", { digest: FOUR_DIGEST, size: 4 });
}

function head(repository: string, status: number): ScriptedExchange {
  return {
    request: `HEAD /v2/${repository}/blobs/${FOUR_DIGEST}`,
    status,
    ...status === 200 && { answer: { "content-length": "4" } },
  };
}

function upload(repository: string, session = "1"): ScriptedExchange[] {
  const uploads = `/v2/${repository}/blobs/uploads/`;
  return [
    {
      request: `POST ${uploads}`,
      status: 202,
      answer: { location: `${uploads}${session}` },
    },
    {
      request: `PUT ${uploads}${session}?digest=${FOUR_DIGEST}`,
      body: "abcd",
      status: 201,
    },
  ];
}

const BLOB: Descriptor = {
  mediaType: "application/octet-stream",
  digest: FOUR_DIGEST,
  size: 4,
};

function manifest(fields: Record<string, unknown> = {}) {
  const bytes = new TextEncoder().encode(JSON.stringify({
    schemaVersion: 2,
    mediaType: OCI_MANIFEST,
    config: BLOB,
    layers: [],
    ...fields,
  }));
  const digest = digestOf(bytes);
  const descriptor = {
    mediaType: OCI_MANIFEST,
    digest,
    size: bytes.length,
  };
  return { bytes, text: new TextDecoder().decode(bytes), descriptor };
}

Deno.test("Repository.push() sends nothing that is there already", async () => {
  await withScript([head("a", 200)], async (transport) => {
    const content = abcd();
    const result = await registryOf(transport).repository("a").push(content);
    assert.deepEqual(result, {
      descriptor: BLOB,
      outcome: "existing",
      bytesSent: 0,
    });
    assert.equal(content.opened, 0);
  });
});

Deno.test("Repository.push() uploads what is missing", async () => {
  await withScript([head("a", 404), ...upload("a")], async (transport) => {
    const result = await registryOf(transport).repository("a").push(abcd());
    assert.deepEqual(result, {
      descriptor: BLOB,
      outcome: "uploaded",
      bytesSent: 4,
    });
  });
});

Deno.test("Repository forgets in the journal what a manifest of it lists", async () => {
  for (const kind of ["pushManifest", "tag"] as const) {
    const forgotten: JournaledBlob[] = [];
    const journal: UploadJournal = {
      open: () => Promise.resolve(undefined),
      forget(blob) {
        forgotten.push(blob);
        return Promise.resolve();
      },
    };
    const { descriptor, bytes, text } = manifest();
    const reference = kind === "tag" ? "1" : descriptor.digest;
    const path = `/v2/a/manifests/${reference}`;
    const answer = { [DIGEST_HEADER]: descriptor.digest };
    await withScript([
      { request: `PUT ${path}`, body: text, status: 201 },
      { request: `HEAD ${path}`, answer },
    ], async (transport) => {
      const repository = registryOf(transport, { journal }).repository("a");
      await (kind === "tag"
        ? repository.tag(descriptor, bytes, "1")
        : repository.pushManifest(descriptor, bytes));
    });
    assert.deepEqual(forgotten, [{ repository: "a", identity: FOUR_DIGEST }]);
  }
});

Deno.test("Repository.push() looks nothing up that it cannot know", async () => {
  await withScript(upload("a"), async (transport) => {
    const repository = registryOf(transport).repository("a");
    const result = await repository.push(contentOf("abcd"));
    assert.deepEqual(result.descriptor, BLOB);
  });
});

Deno.test("Repository.push() does not ask twice for what it pushed", async () => {
  await withScript([head("a", 404), ...upload("a")], async (transport) => {
    const repository = registryOf(transport).repository("a");
    await repository.push(abcd());
    assert.equal((await repository.push(abcd())).outcome, "existing");
    assert.equal(await repository.exists(BLOB), true);
  });
});

Deno.test("Repository.push() mounts from another repository of the registry", async () => {
  await withScript([
    head("a", 200),
    head("b", 404),
    {
      request: `POST /v2/b/blobs/uploads/?mount=sha256%3A${HEX}&from=a`,
      status: 201,
    },
    head("b", 200),
  ], async (transport) => {
    const registry = registryOf(transport);
    await registry.repository("a").push(abcd());
    const result = await registry.repository("b").push(abcd());
    assert.deepEqual(result, {
      descriptor: BLOB,
      outcome: "mounted",
      bytesSent: 0,
    });
  });
});

Deno.test("Repository.push() uses the session that comes in place of a mount", async () => {
  const [, put] = upload("b", "7");
  assert.ok(put);
  await withScript([
    head("a", 200),
    head("b", 404),
    {
      request: `POST /v2/b/blobs/uploads/?mount=sha256%3A${HEX}&from=a`,
      status: 202,
      answer: { location: "/v2/b/blobs/uploads/7" },
    },
    put,
  ], async (transport) => {
    const registry = registryOf(transport);
    await registry.repository("a").push(abcd());
    const { outcome } = await registry.repository("b").push(abcd());
    assert.equal(outcome, "uploaded");
  });
});

Deno.test("Repository.push() uploads when a mount is refused in any way", async () => {
  const mount = {
    request: `POST /v2/b/blobs/uploads/?mount=sha256%3A${HEX}&from=a`,
  };
  for (
    const refused of [
      { ...mount, status: 400 },
      { ...mount, status: 405 },
      { ...mount, status: 500 },
      { ...mount, lost: true },
    ]
  ) {
    await withScript([
      head("a", 200),
      head("b", 404),
      refused,
      ...upload("b"),
    ], async (transport) => {
      const registry = registryOf(transport);
      await registry.repository("a").push(abcd());
      const { outcome } = await registry.repository("b").push(abcd());
      assert.equal(outcome, "uploaded");
    });
  }
});

Deno.test("Repository.push() rejects a size that the registry's blob has not", async () => {
  await withScript([{
    ...head("a", 200),
    answer: { "content-length": "5" },
  }], async (transport) => {
    await assert.rejects(registryOf(transport).repository("a").push(abcd()), {
      name: "ContentMismatchError",
      message: `Cannot use the blob "${FOUR_DIGEST}" in "a": ` +
        "it has 5 bytes there, must have 4",
    });
  });
});

Deno.test("Repository.exists() asks for manifests as manifests", async () => {
  const { descriptor } = manifest();
  await withScript([
    { request: `HEAD /v2/a/manifests/${descriptor.digest}`, status: 404 },
    {
      request: `HEAD /v2/a/manifests/${descriptor.digest}`,
      answer: { [DIGEST_HEADER]: descriptor.digest },
    },
    { ...head("a", 200), answer: { "content-length": "4" } },
  ], async (transport) => {
    const repository = registryOf(transport).repository("a");
    assert.equal(await repository.exists(descriptor), false);
    assert.equal(await repository.exists(descriptor), true);
    assert.equal(await repository.exists(BLOB), true);
  });
});

Deno.test("Repository.pushManifest() succeeds when the registry confirms", async () => {
  const { bytes, text, descriptor } = manifest();
  const path = `/v2/a/manifests/${descriptor.digest}`;
  const put = { request: `PUT ${path}`, body: text, status: 201 };
  await withScript([
    put,
    { request: `HEAD ${path}`, answer: { [DIGEST_HEADER]: descriptor.digest } },
    put,
    { request: `HEAD ${path}`, status: 404 },
  ], async (transport) => {
    const repository = registryOf(transport).repository("a");
    await repository.pushManifest(descriptor, bytes);
    await assert.rejects(
      repository.pushManifest(descriptor, bytes),
      /^RegistryError: Cannot confirm the manifest/,
    );
  });
});

Deno.test("Repository.pushManifest() leaves the subject to a registry that keeps it", async () => {
  const { bytes, text, descriptor } = manifest({ subject: BLOB });
  const path = `/v2/a/manifests/${descriptor.digest}`;
  await withScript([
    {
      request: `PUT ${path}`,
      body: text,
      status: 201,
      answer: { "oci-subject": FOUR_DIGEST },
    },
    { request: `HEAD ${path}`, answer: { [DIGEST_HEADER]: descriptor.digest } },
  ], async (transport) => {
    const repository = registryOf(transport).repository("a");
    await repository.pushManifest(descriptor, bytes);
  });
});

Deno.test("Repository.pushManifest() lists one referrer after the other", async () => {
  const first = manifest({ subject: BLOB, annotations: { n: "1" } });
  const second = manifest({ subject: BLOB, annotations: { n: "2" } });
  const stored = new Map<string, Uint8Array>();
  // Two lists at once would lose one of the entries.
  const transport: Transport = async (request) => {
    const { pathname } = new URL(request.url);
    await new Promise((resolve) => queueMicrotask(() => resolve(undefined)));
    if (request.method === "PUT") {
      stored.set(pathname, await request.bytes());
      return new Response(null, { status: 201 });
    }
    const bytes = stored.get(pathname);
    if (bytes === undefined) return new Response(null, { status: 404 });
    return new Response(request.method === "HEAD" ? null : bytes.slice(), {
      headers: {
        "content-type": OCI_INDEX,
        [DIGEST_HEADER]: digestOf(bytes),
      },
    });
  };
  const repository = registryOf(transport).repository("a");
  await Promise.all(
    [first, second].map(({ descriptor, bytes }) =>
      repository.pushManifest(descriptor, bytes)
    ),
  );
  const referrers = await repository.referrers(FOUR_DIGEST);
  assert.deepEqual(
    referrers.map(({ annotations }) => annotations?.["n"]).sort(),
    ["1", "2"],
  );
});

Deno.test("Repository.tag() succeeds when the tag leads to the manifest", async () => {
  const { bytes, text, descriptor } = manifest();
  const put = { request: "PUT /v2/a/manifests/v1", body: text, status: 201 };
  const confirm = (digest: string) => ({
    request: "HEAD /v2/a/manifests/v1",
    answer: { [DIGEST_HEADER]: digest },
  });
  await withScript([
    put,
    confirm(descriptor.digest),
    ...[1, 2, 3].flatMap(() => [put, confirm(TEN_DIGEST)]),
  ], async (transport) => {
    const repository = registryOf(transport).repository("a");
    await repository.tag(descriptor, bytes, "v1");
    await assert.rejects(
      repository.tag(descriptor, bytes, "v1"),
      /^RegistryError: Cannot confirm the manifest "v1"/,
    );
  });
});

Deno.test("Repository reads what it holds", async () => {
  const { text, descriptor } = manifest();
  await withScript([
    {
      request: "GET /v2/a/manifests/v1",
      text,
      answer: { "content-type": OCI_MANIFEST },
    },
    { request: `GET /v2/a/blobs/${FOUR_DIGEST}`, text: "abcd" },
    { request: "GET /v2/a/tags/list?n=1000", text: '{"tags":["v1"]}' },
  ], async (transport) => {
    const repository = registryOf(transport).repository("a");
    const fetched = await repository.fetchManifest("v1");
    assert.deepEqual(fetched?.descriptor, descriptor);
    const blob = await repository.open(BLOB);
    assert.equal(await new Response(blob).text(), "abcd");
    assert.deepEqual(await Array.fromAsync(repository.tags()), ["v1"]);
  });
});
