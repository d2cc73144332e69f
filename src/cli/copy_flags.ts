import type { FlagGroup } from "./flag_spec.ts";
import { chunkFlag, moveFlags } from "./link_settings.ts";
import { COMPRESSIONS } from "./push_flags.ts";

/** Where the two ends of a copy are, beside the flags for both. */
export const endFlags: FlagGroup = {
  heading: "Flags of one end, in place of --context, --namespace, --registry:",
  flags: [
    {
      name: "from-context",
      value: "NAME",
      description: "the context of SOURCE",
      completion: "contexts",
    },
    {
      name: "to-context",
      value: "NAME",
      description: "the context of TARGET",
      completion: "contexts",
    },
    {
      name: "from-namespace",
      value: "NAME",
      description: "the namespace of SOURCE",
      completion: "namespaces",
    },
    {
      name: "to-namespace",
      value: "NAME",
      description: "the namespace of TARGET",
      completion: "namespaces",
    },
    {
      name: "from-registry",
      value: "POD",
      description: "the registry of SOURCE",
    },
    {
      name: "to-registry",
      value: "POD",
      description: "the registry of TARGET",
    },
    {
      name: "plain-http",
      description: "speak to registry:HOST without TLS",
    },
  ],
};

/** What is copied, and how. */
export const copyFlags: FlagGroup = {
  heading: "Copy flags:",
  flags: [
    { name: "all", description: "copy all tags of a repository" },
    {
      name: "platform",
      value: "OS/ARCH[/VARIANT]",
      description:
        "copy only this platform; Docker's formats hold one, the others all",
    },
    {
      name: "no-referrers",
      description:
        "leave out signatures, SBOMs and what else is about an image",
    },
    {
      name: "compression",
      value: "FORM",
      description:
        "how layers that are plain tars are copied: gzip, zstd or none; a docker-archive keeps them",
      choices: COMPRESSIONS,
      default: "gzip",
    },
    {
      name: "decompress",
      description:
        "store the layers of a docker-archive as plain tars; the image ID stays, the digest does not",
    },
    {
      name: "jobs",
      value: "N",
      description: "layers to copy at once",
      default: "4",
    },
    chunkFlag,
    ...moveFlags,
  ],
};
