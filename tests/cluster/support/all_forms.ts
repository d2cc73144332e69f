import type { ImageForm } from "./image_form.ts";
import {
  buildahForms,
  craneForms,
  dockerForms,
  podmanForms,
  skopeoForms,
  umociForms,
} from "./image_makers.ts";
import type { Scratch } from "./scratch.ts";

/** Makes images in the forms of one tool. */
export type FormMaker = (folder: string) => Promise<ImageForm[]>;

/** Every tool that writes images, by its name. */
const TOOLS: Readonly<Record<string, FormMaker>> = {
  docker: dockerForms,
  podman: podmanForms,
  buildah: buildahForms,
  skopeo: skopeoForms,
  crane: craneForms,
  umoci: umociForms,
};

/** Makes images in the forms of every tool, and in more. */
export async function makeForms(
  scratch: Scratch,
  more: Readonly<Record<string, FormMaker>>,
): Promise<ImageForm[]> {
  const forms: ImageForm[] = [];
  for (const [name, make] of Object.entries({ ...TOOLS, ...more })) {
    forms.push(...await make(await scratch.folder(name)));
  }
  return forms;
}
