import { strict as assert } from "node:assert";
import { MediaType } from "../../src/oci/media_type.ts";
import {
  deleteManifest,
  type DeleteOutcome,
  deleteTag,
} from "../../src/registry/deletion.ts";
import { buildImage, type BuiltContent, toJson } from "../support/images.ts";
import {
  type ScriptedExchange,
  withScript,
} from "../support/scripted_server.ts";
import { scopeOf } from "./upload_fixture.ts";

async function untag(...script: ScriptedExchange[]): Promise<DeleteOutcome> {
  const outcomes: DeleteOutcome[] = [];
  await withScript(script, async (transport) => {
    outcomes.push(await deleteTag(scopeOf(transport), "1.2"));
  });
  return outcomes[0] ?? "absent";
}

async function remove(
  { descriptor, bytes }: BuiltContent,
  ...script: ScriptedExchange[]
): Promise<DeleteOutcome> {
  const outcomes: DeleteOutcome[] = [];
  await withScript(script, async (transport) => {
    const manifest = { descriptor, bytes };
    outcomes.push(await deleteManifest(scopeOf(transport), manifest));
  });
  return outcomes[0] ?? "absent";
}

const TAG = { request: "DELETE /v2/a/manifests/1.2" };

Deno.test("deleteTag() tells deleted from absent", async () => {
  assert.equal(await untag({ ...TAG, status: 202 }), "deleted");
  assert.equal(await untag({ ...TAG, status: 404 }), "absent");
});

Deno.test("deleteTag() tells when a registry deletes only manifests", async () => {
  const invalid = '{"errors":[{"code":"DIGEST_INVALID"}]}';
  const unsupported = '{"errors":[{"code":"UNSUPPORTED"}]}';
  assert.equal(
    await untag({ ...TAG, status: 400, text: invalid }),
    "unsupported",
  );
  assert.equal(await untag({ ...TAG, status: 405 }), "unsupported");
  assert.equal(
    await untag({ ...TAG, status: 403, text: unsupported }),
    "unsupported",
  );
});

Deno.test("deleteTag() tries again what may pass and fails for good otherwise", async () => {
  assert.equal(
    await untag({ ...TAG, status: 503 }, { ...TAG, status: 202 }),
    "deleted",
  );
  await assert.rejects(
    untag({ ...TAG, status: 403, text: '{"errors":[{"code":"DENIED"}]}' }),
    /^RegistryError: Cannot delete the tag "1.2" of "a": .* 403, DENIED$/,
  );
});

Deno.test("deleteManifest() deletes by digest", async () => {
  const image = buildImage();
  const request = `DELETE /v2/a/manifests/${image.descriptor.digest}`;
  assert.equal(await remove(image, { request, status: 202 }), "deleted");
  assert.equal(await remove(image, { request, status: 405 }), "unsupported");
  await assert.rejects(remove(image, { request, status: 400 }), {
    name: "RegistryError",
    status: 400,
  });
});

Deno.test("deleteManifest() takes a referrer out of its subject's list", async () => {
  const subject = buildImage().descriptor;
  const referrer = buildImage({ subject, artifactType: "application/x" });
  const { digest } = referrer.descriptor;
  const other = { ...subject, digest: subject.digest };
  const listed = toJson({
    schemaVersion: 2,
    mediaType: MediaType.OCI_INDEX,
    manifests: [referrer.descriptor, other],
  });
  const left = JSON.stringify({
    schemaVersion: 2,
    mediaType: MediaType.OCI_INDEX,
    manifests: [other],
  });
  const list = `/v2/a/manifests/${subject.digest.replace(":", "-")}`;
  const hash = await crypto.subtle.digest("SHA-256", toJson(JSON.parse(left)));
  const leftDigest = `sha256:${new Uint8Array(hash).toHex()}`;
  const outcome = await remove(
    referrer,
    { request: `DELETE /v2/a/manifests/${digest}`, status: 202 },
    {
      request: `GET ${list}`,
      text: new TextDecoder().decode(listed),
      answer: { "content-type": MediaType.OCI_INDEX },
    },
    { request: `PUT ${list}`, body: left, status: 201 },
    {
      request: `HEAD ${list}`,
      answer: { "docker-content-digest": leftDigest },
    },
  );
  assert.equal(outcome, "deleted");
});

Deno.test("deleteManifest() writes no list that names nothing of it", async () => {
  const subject = buildImage().descriptor;
  const referrer = buildImage({ subject, artifactType: "application/x" });
  const outcome = await remove(
    referrer,
    {
      request: `DELETE /v2/a/manifests/${referrer.descriptor.digest}`,
      status: 202,
    },
    {
      request: `GET /v2/a/manifests/${subject.digest.replace(":", "-")}`,
      status: 404,
    },
  );
  assert.equal(outcome, "deleted");
});
