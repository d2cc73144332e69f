import {
  type ExpectedImage,
  imagesOfDockerArchive,
  imagesOfLayout,
  imagesOfOciArchive,
} from "./expected_images.ts";

/** A source in one of the forms that images come in, and what it holds. */
export interface ImageForm {
  /** Who wrote it, and how. */
  readonly title: string;
  /** What is given to `push`. */
  readonly source: string;
  /** Flags that the form needs. */
  readonly flags?: readonly string[];
  /** Whether it cannot be read in place, so that `$TMPDIR` may be used. */
  readonly spooled?: boolean;
  /** A file for standard input. */
  readonly input?: string;
  /** The images that it holds. */
  readonly images: readonly ExpectedImage[];
}

/** Describes a docker-archive; `as` names its only image. */
export async function dockerArchiveForm(
  title: string,
  source: string,
  as?: string,
): Promise<ImageForm> {
  const images = await imagesOfDockerArchive(source, as);
  return { title, source, images, ...flagsFor(as) };
}

/** Describes an OCI archive; `as` names its only image. */
export async function ociArchiveForm(
  title: string,
  source: string,
  as?: string,
): Promise<ImageForm> {
  const images = await imagesOfOciArchive(source, as);
  return { title, source, images, ...flagsFor(as) };
}

/** Describes a layout; `as` names its only image. */
export async function layoutForm(
  title: string,
  source: string,
  as?: string,
): Promise<ImageForm> {
  const images = await imagesOfLayout(source, as);
  return { title, source, images, ...flagsFor(as) };
}

function flagsFor(as: string | undefined): Pick<ImageForm, "flags"> {
  return as === undefined ? {} : { flags: ["--as", as] };
}
