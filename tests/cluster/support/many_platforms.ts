import { strict as assert } from "node:assert";
import {
  buildImage,
  buildIndex,
  buildManifest,
  type BuiltContent,
  describe,
} from "../../support/images.ts";
import { writeLayout } from "../../support/layouts.ts";

/** An image of two platforms with an attestation, and an SBOM about it. */
export interface ManyPlatforms {
  /** The index. */
  readonly index: BuiltContent;
  /** Digest of the manifest for linux/amd64. */
  readonly amd64: string;
  /** Digest of the attestation in the index. */
  readonly attestation: string;
  /** Digest of the manifest whose subject is the index. */
  readonly sbom: string;
}

const EMPTY = new TextEncoder().encode("{}");

/** Writes such an image into a layout, under a name. */
export async function writeManyPlatforms(
  layout: string,
  name: string,
): Promise<ManyPlatforms> {
  const amd64 = buildImage({ layers: [{ "etc/arch": "amd64\n" }] });
  const arm64 = buildImage({
    layers: [{ "etc/arch": "arm64\n" }],
    platform: { os: "linux", architecture: "arm64" },
  });
  const statement = '{"_type":"https://in-toto.io/Statement/v0.1"}';
  const attestation = artifact(statement, {
    mediaType: "application/vnd.in-toto+json",
    artifactType: "application/vnd.docker.attestation.manifest.v1+json",
    subject: amd64,
  });
  const index = buildIndex([
    amd64,
    arm64,
    {
      ...attestation,
      descriptor: {
        ...attestation.descriptor,
        platform: { os: "unknown", architecture: "unknown" },
        annotations: {
          "vnd.docker.reference.type": "attestation-manifest",
          "vnd.docker.reference.digest": amd64.descriptor.digest,
        },
      },
    },
  ]);
  const sbom = artifact("SPDX-License-Identifier: Apache-2.0\n", {
    mediaType: "text/spdx",
    artifactType: "application/spdx",
    subject: index,
  });
  await writeLayout(layout, [{ content: index, name }, { content: sbom }]);
  assert.equal(index.blobs.has(attestation.descriptor.digest), true);
  return {
    index,
    amd64: amd64.descriptor.digest,
    attestation: attestation.descriptor.digest,
    sbom: sbom.descriptor.digest,
  };
}

/** Makes a manifest about another one, with a text as its only layer. */
function artifact(
  text: string,
  { mediaType, artifactType, subject }: {
    readonly mediaType: string;
    readonly artifactType: string;
    readonly subject: BuiltContent;
  },
): BuiltContent {
  const config = describe(EMPTY, "application/vnd.oci.empty.v1+json");
  const bytes = new TextEncoder().encode(text);
  const layer = describe(bytes, mediaType);
  const manifest = buildManifest(config, [layer], {
    artifactType,
    subject: subject.descriptor,
  });
  return {
    ...manifest,
    blobs: new Map([
      [manifest.descriptor.digest, manifest.bytes],
      [config.digest, EMPTY],
      [layer.digest, bytes],
    ]),
  };
}
