import { join } from "node:path";
import { freePort } from "./cluster.ts";
import { succeed } from "./command.ts";
import { withDocker } from "./docker_engine.ts";
import {
  dockerArchiveForm,
  type ImageForm,
  layoutForm,
  ociArchiveForm,
} from "./image_form.ts";
import { makeScriptImage } from "./script_images.ts";
import { startServer } from "./server_process.ts";

/** Repository of the images that the makers make, with a host before it. */
const HOST = "k8scr.test";

/** Forms of `docker save` of a real engine, which runs for that long. */
export function dockerForms(folder: string): Promise<ImageForm[]> {
  return withDocker(folder, async (docker) => {
    const first = `${HOST}/forms/docker:1`;
    const second = `${HOST}/forms/docker-child:1`;
    const unnamed = `${HOST}/forms/docker-unnamed:1`;
    const build = async (name: string, from: string) => {
      const source = await context(folder, name, from);
      return await docker("build", "-q", "-t", name, source);
    };
    await build(first, "scratch");
    await build(second, first);
    const id = await build(unnamed, "scratch");
    const archive = (name: string) => join(folder, `docker-${name}.tar`);
    await docker("save", "-o", archive("one"), first);
    await docker("save", "-o", archive("two"), first, second);
    await docker("save", "-o", archive("id"), id.trim());
    const as = "forms/docker-unnamed:1";
    return [
      await dockerArchiveForm("docker save", archive("one")),
      await dockerArchiveForm("docker save of two images", archive("two")),
      await dockerArchiveForm("docker save by ID", archive("id"), as),
    ];
  });
}

/** Forms of `podman save`. */
export function podmanForms(folder: string): Promise<ImageForm[]> {
  return withStore("podman", async (podman) => {
    const path = (name: string) => join(folder, `podman-${name}`);
    const build = async (name: string) => {
      const full = `${HOST}/forms/podman-${name}:1`;
      await podman("build", "-q", "-t", full, await context(folder, full));
      return full;
    };
    const save = (format: string, target: string, ...names: string[]) =>
      podman("save", "-q", "-m", "--format", format, "-o", target, ...names);
    const [left, right] = [await build("left"), await build("right")];
    await save("docker-archive", path("one.tar"), await build("one"));
    await save("docker-archive", path("two.tar"), left, right);
    await save("oci-archive", path("oci.tar"), await build("oci"));
    await save("oci-dir", path("layout"), await build("layout"));
    const as = "forms/podman-layout:1";
    return [
      await dockerArchiveForm("podman save", path("one.tar")),
      await dockerArchiveForm("podman save of two images", path("two.tar")),
      await ociArchiveForm("podman save as OCI archive", path("oci.tar")),
      await layoutForm("podman save as layout", path("layout"), as),
    ];
  });
}

/** Forms of `buildah push`. */
export function buildahForms(folder: string): Promise<ImageForm[]> {
  return withStore("buildah", async (buildah) => {
    const push = async (form: string, target: string) => {
      const full = `${HOST}/forms/buildah-${form}:1`;
      await buildah("build", "-q", "-t", full, await context(folder, full));
      await buildah("push", "-q", full, `${target}:${full}`);
    };
    const path = (name: string) => join(folder, `buildah-${name}`);
    await push("docker", `docker-archive:${path("docker.tar")}`);
    await push("oci", `oci-archive:${path("oci.tar")}`);
    await push("layout", `oci:${path("layout")}`);
    return [
      await dockerArchiveForm("buildah as docker-archive", path("docker.tar")),
      await ociArchiveForm("buildah as OCI archive", path("oci.tar")),
      await layoutForm("buildah as layout", path("layout")),
    ];
  });
}

/** Forms of `skopeo copy`: only the tag is kept as name in its OCI forms. */
export async function skopeoForms(folder: string): Promise<ImageForm[]> {
  const copy = async (form: string, target: string, ...flags: string[]) => {
    const image = await makeScriptImage(folder, `skopeo-${form}`);
    await succeed([
      ...["skopeo", "copy", "--quiet", ...flags],
      ...[`docker-archive:${image}`, target],
    ]);
  };
  const path = (name: string) => join(folder, `skopeo-${name}`);
  const full = `${HOST}/forms/skopeo-docker:1`;
  await copy("docker", `docker-archive:${path("docker.tar")}:${full}`);
  await copy("oci", `oci-archive:${path("oci.tar")}:1`);
  await copy("layout", `oci:${path("layout")}:1`);
  await copy(
    ...["zstd", `oci:${path("zstd")}:1`] as const,
    ...["--dest-compress", "--dest-compress-format", "zstd"],
  );
  const as = (name: string) => `forms/skopeo-${name}:1`;
  return [
    await dockerArchiveForm("skopeo as docker-archive", path("docker.tar")),
    await ociArchiveForm("skopeo as OCI archive", path("oci.tar"), as("oci")),
    await layoutForm("skopeo as layout", path("layout"), as("layout")),
    await layoutForm("skopeo with zstd layers", path("zstd"), as("zstd")),
  ];
}

/** Forms of `crane pull`, of kaniko and of ko, which have its archive writer. */
export async function craneForms(folder: string): Promise<ImageForm[]> {
  const address = `127.0.0.1:${freePort()}`;
  const registry = await startServer(
    ["crane", "registry", "serve", "--address", address],
    "serving on port",
  );
  try {
    const push = async (form: string, architecture = "amd64") => {
      const name = `${address}/forms/crane-${form}:1`;
      const options = { architecture };
      const image = await makeScriptImage(folder, `crane-${form}`, options);
      await succeed(["crane", "push", image, name]);
      return name;
    };
    const [one, two] = [await push("one"), await push("two")];
    const [legacy, layout] = [await push("legacy"), await push("layout")];
    const arm = await push("arm", "arm64");
    const path = (name: string) => join(folder, `crane-${name}`);
    const pull = (...args: string[]) => succeed(["crane", "pull", ...args]);
    await pull(one, path("one.tar"));
    await pull(one, two, path("two.tar"));
    await pull("--format=legacy", legacy, path("legacy.tar"));
    await pull("--format=oci", "--annotate-ref", layout, path("layout"));
    const index = `${address}/forms/crane-index:1`;
    await succeed(
      ["crane", "index", "append", "-t", index, "-m", one, "-m", arm],
    );
    await pull("--format=oci", index, path("index"));
    return [
      await dockerArchiveForm("crane pull", path("one.tar")),
      await dockerArchiveForm("crane pull of two images", path("two.tar")),
      await dockerArchiveForm("crane pull, legacy", path("legacy.tar")),
      await layoutForm("crane pull as layout", path("layout")),
      await layoutForm("crane index", path("index"), "forms/crane-index:1"),
    ];
  } finally {
    await registry.stop();
  }
}

/** Form of `umoci`. */
export async function umociForms(folder: string): Promise<ImageForm[]> {
  const layout = join(folder, "umoci-layout");
  const added = await context(folder, "umoci");
  const umoci = (...args: string[]) => succeed(["umoci", ...args]);
  await umoci("init", "--layout", layout);
  await umoci("new", "--image", `${layout}:1`);
  await umoci("insert", "--image", `${layout}:1`, added, "/opt/added");
  return [await layoutForm("umoci", layout, "forms/umoci:1")];
}

/** Makes a folder with a Dockerfile for an image that nobody else makes. */
async function context(
  folder: string,
  name: string,
  from = "scratch",
): Promise<string> {
  const path = join(folder, `context-${name.replaceAll(/\W/g, "-")}`);
  await Deno.mkdir(path);
  await Deno.copyFile("/bin/busybox", join(path, "busybox"));
  await Deno.writeTextFile(join(path, "name"), name);
  await Deno.writeTextFile(
    join(path, "Dockerfile"),
    [
      `FROM ${from}`,
      ...from === "scratch" ? ["COPY busybox /bin/busybox"] : [],
      "COPY name /etc/name",
      'CMD ["/bin/busybox", "cat", "/etc/name"]',
    ].join("\n"),
  );
  return path;
}

/** Runs podman or buildah with an image store of its own. */
export async function withStore<T>(
  tool: "podman" | "buildah",
  body: (run: (...args: string[]) => Promise<string>) => Promise<T>,
): Promise<T> {
  // podman refuses a run folder whose path is longer than 50 characters.
  const store = await Deno.makeTempDir({ prefix: "k8scr-" });
  const flags = [
    ...["--root", join(store, "root"), "--runroot", join(store, "run")],
    ...["--storage-driver", "vfs"],
  ];
  try {
    return await body((...args) => succeed([tool, ...flags, ...args]));
  } finally {
    await Deno.remove(store, { recursive: true });
  }
}
