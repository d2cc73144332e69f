/** The manifest by which krew, kubectl's plugin manager, installs the program. */
import { stringify } from "yaml";

/** An archive of one platform. */
export interface PlatformArchive {
  /** The archive's file name. */
  readonly name: string;
  /** Go's word for the operating system. */
  readonly os: string;
  /** Go's word for the processor. */
  readonly arch: string;
  /** SHA-256 of the archive, in hexadecimal. */
  readonly sha256: string;
  /** Path of the program in the archive. */
  readonly program: string;
}

/** Options for {@linkcode krewManifest}. */
export interface KrewManifestOptions {
  /** The program's version, without a `v`. */
  readonly version: string;
  /** The archives. */
  readonly archives: readonly PlatformArchive[];
  /**
   * URL of the folder in which the archives are published; without it the
   * manifest has their names alone, and installs with krew's `--archive`.
   */
  readonly url?: string | undefined;
}

/**
 * Writes the manifest.
 *
 * @see https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/
 */
export function krewManifest(
  { version, archives, url }: KrewManifestOptions,
): string {
  return stringify({
    apiVersion: "krew.googlecontainertools.github.com/v1alpha2",
    kind: "Plugin",
    metadata: { name: "k8scr" },
    spec: {
      version: `v${version}`,
      shortDescription: "Push container images into the cluster",
      description:
        "Puts container images into a cluster with nothing but a kubeconfig:\n" +
        "through the API server, into a registry that runs in a Pod.\n",
      caveats:
        "Krew links no completion. For kubectl's own, make the program\n" +
        "known as kubectl_complete-k8scr too:\n" +
        "  ln -s $(command -v kubectl-k8scr) /usr/local/bin/kubectl_complete-k8scr\n",
      platforms: archives.map(({ name, os, arch, sha256, program }) => ({
        selector: { matchLabels: { os, arch } },
        uri: url === undefined ? name : `${url.replace(/\/$/, "")}/${name}`,
        sha256,
        files: [
          { from: program, to: "." },
          { from: "LICENSE", to: "." },
        ],
        bin: program,
      })),
    },
  }, { lineWidth: 0 });
}
