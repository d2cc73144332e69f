import { join } from "node:path";
import type { Platform } from "../../../src/oci/platform.ts";
import {
  type Producer,
  writeDockerArchive,
} from "../../support/docker_archives.ts";
import {
  buildImage,
  type BuildImageOptions,
  buildIndex,
  type BuiltImage,
} from "../../support/images.ts";
import { writeLayout, writeOciArchive } from "../../support/layouts.ts";
import { dockerArchiveForm, type ImageForm, layoutForm } from "./image_form.ts";

/** Producers that are not on this host, and what their archives are called. */
const PRODUCERS: readonly (readonly [Producer, string])[] = [
  ["docker25", "docker save, 25 and later"],
  ["containerd", "docker save, containerd image store"],
  ["crane", "kaniko"],
  ["jib", "Jib"],
  ["bazel", "Bazel rules_oci"],
  ["nix", "Nix dockerTools"],
];

const AMD64: Platform = { os: "linux", architecture: "amd64" };
const ARM64: Platform = { os: "linux", architecture: "arm64" };

/**
 * Forms of producers that are not on this host, written entry by entry as those
 * write them.
 */
export async function lookalikeForms(folder: string): Promise<ImageForm[]> {
  return [
    ...await Promise.all(
      PRODUCERS.map(([producer, title]) =>
        dockerArchive(folder, title, producer)
      ),
    ),
    await nestedIndex(folder),
    await layoutWithReferrer(folder),
    await layoutWithoutMarker(folder),
    await layoutOfDockerTypes(folder),
    await layoutOfPlainLayers(folder),
    await sparseArchive(folder),
  ];
}

async function dockerArchive(
  folder: string,
  title: string,
  producer: Producer,
): Promise<ImageForm> {
  const path = join(folder, `${producer}.tar`);
  const tags = [fullName(producer)];
  await writeDockerArchive(path, [{ image: imageOf(producer), tags }], {
    producer,
  });
  return await dockerArchiveForm(title, path);
}

/** An index that holds an index of two platforms beside an artifact. */
async function nestedIndex(folder: string): Promise<ImageForm> {
  const path = join(folder, "nested");
  const amd64 = imageOf("nested");
  const platforms = buildIndex([amd64, imageOf("nested", ARM64)]);
  const content = buildIndex([platforms, imageOf("nested-other")]);
  await writeLayout(path, [{ content, name: fullName("nested") }]);
  return await layoutForm("layout with a nested index", path);
}

/** A signature beside the image that it is about. */
async function layoutWithReferrer(folder: string): Promise<ImageForm> {
  const path = join(folder, "referrer");
  const image = imageOf("referrer");
  const signature = imageOf("referrer-signature", AMD64, {
    subject: image.descriptor,
    artifactType: "application/vnd.example.signature",
  });
  await writeLayout(path, [
    { content: image, name: fullName("referrer") },
    { content: signature },
  ]);
  return {
    title: "layout with a referrer",
    source: path,
    images: [{
      name: shortName("referrer"),
      digest: image.descriptor.digest,
      others: [signature.descriptor.digest],
    }],
  };
}

/** What `hauler store save --containerd` leaves: no `oci-layout`. */
async function layoutWithoutMarker(folder: string): Promise<ImageForm> {
  const path = join(folder, "unmarked");
  const content = imageOf("unmarked");
  await writeLayout(path, [{ content, name: fullName("unmarked") }], {
    ociLayout: null,
  });
  return await layoutForm("layout without oci-layout", path);
}

/** Docker's schema 2 in a layout, as a copy of an old image has it. */
async function layoutOfDockerTypes(folder: string): Promise<ImageForm> {
  const path = join(folder, "schema2");
  const family = "docker";
  const content = buildIndex([
    imageOf("schema2", AMD64, { family }),
    imageOf("schema2", ARM64, { family }),
  ], { family });
  await writeLayout(path, [{ content, name: fullName("schema2") }]);
  return await layoutForm("layout with Docker media types", path);
}

/** An image whose layers are not compressed. */
async function layoutOfPlainLayers(folder: string): Promise<ImageForm> {
  const path = join(folder, "plain");
  const content = imageOf("plain", AMD64, { compression: "none" });
  await writeLayout(path, [{ content, name: fullName("plain") }]);
  return await layoutForm("layout with plain layers", path);
}

/** An index of two platforms, one of which is not in the archive. */
async function sparseArchive(folder: string): Promise<ImageForm> {
  const source = join(folder, "sparse.tar");
  const amd64 = imageOf("sparse");
  const arm64 = imageOf("sparse", ARM64);
  const content = buildIndex([amd64, arm64], {
    without: [...arm64.blobs.keys()],
  });
  const annotations = { "io.containerd.image.name": fullName("sparse") };
  await writeOciArchive(source, [{ content, name: "1", annotations }]);
  const { digest } = amd64.descriptor;
  const images = [{ name: shortName("sparse"), digest }];
  return { title: "sparse index", source, images };
}

/** Builds an image that no other form and no other platform has. */
function imageOf(
  form: string,
  platform: Platform = AMD64,
  options: BuildImageOptions = {},
): BuiltImage {
  const layers = ["lower", "upper"].map((layer) => ({
    [`etc/${layer}`]: `${form} ${platform.architecture}\n`.repeat(1000),
  }));
  return buildImage({ ...options, platform, layers });
}

function fullName(form: string): string {
  return `k8scr.test/${shortName(form)}`;
}

function shortName(form: string): string {
  return `forms/${form}:1`;
}
