import { join } from "node:path";
import type { ClusterUser } from "../tests/cluster/support/cluster.ts";
import { programPath } from "../tests/cluster/support/program.ts";

/** An image, in the forms that contenders push. */
export interface BenchImage {
  /** Its name in the archive. */
  readonly name: string;
  /** The docker-archive. */
  readonly archive: string;
  /** A layout of it whose layers are compressed; its name there is `1`. */
  readonly layout: string;
}

/** What a contender pushes, and where. */
export interface BenchSubject extends BenchImage {
  /** The registry for `--registry`. */
  readonly target: string;
  /** Its namespace. */
  readonly namespace: string;
  /** `HOST:PORT` of a port-forward to it. */
  readonly forwarded: string;
  /** `DOCKER_HOST` of an engine that has the image; empty where none runs. */
  readonly engine: string;
}

/** A program that pushes, in one of its ways. */
export interface BenchContender {
  /** What the table calls it. */
  readonly name: string;
  /** The programs that it needs on `PATH`, beside ours. */
  readonly needs: readonly string[];
  /** Who pushes; default the administrator. */
  readonly user?: ClusterUser;
  /** Whether its bytes enter the Pod from the node, where they are not counted. */
  readonly isForwarded?: boolean;
  /** Whether a Docker engine does its work, which is not measured. */
  readonly isEngine?: boolean;
  /** Whether it knows what the registry has. */
  readonly isRepeatable?: boolean;
  /** The command line. */
  command(subject: BenchSubject): readonly string[];
}

/** The image in the registry. */
const NAME = "bench/app:1";

/** Blobs that curl sends at once: as many as ours by default. */
const STREAMS = 4;

/** All that can take part, ours first. */
export const CONTENDERS: readonly BenchContender[] = [
  ours("gzip"),
  ours("zstd"),
  ours("none"),
  ours("auto"),
  // With no right but that to push, it is not known what the nodes take.
  { ...ours("auto"), name: "k8scr, auto, pods/proxy alone", user: "pusher" },
  {
    name: "crane, port-forward",
    needs: ["crane"],
    isForwarded: true,
    isRepeatable: true,
    command: ({ archive, forwarded }) => [
      ...["crane", "push", "--insecure", archive, `${forwarded}/${NAME}`],
    ],
  },
  {
    name: "skopeo, port-forward",
    needs: ["skopeo"],
    isForwarded: true,
    isRepeatable: true,
    command: ({ archive, forwarded }) => [
      ...["skopeo", "copy", "--quiet", "--dest-tls-verify=false"],
      ...[`docker-archive:${archive}`, `docker://${forwarded}/${NAME}`],
    ],
  },
  {
    name: "docker push, port-forward",
    needs: ["docker", "dockerd"],
    isForwarded: true,
    isEngine: true,
    isRepeatable: true,
    command: ({ engine, name, forwarded }) => [
      ...["env", `DOCKER_HOST=${engine}`, "sh", "-c"],
      'docker tag "$0" "$1" && docker push --quiet "$1"',
      ...[name, `${forwarded}/${NAME}`],
    ],
  },
  {
    name: "k8scr, compressed layout",
    needs: [],
    isRepeatable: true,
    command: ({ layout, ...subject }) => push(layout, subject),
  },
  {
    name: "oras, port-forward, compressed layout",
    needs: ["oras"],
    isForwarded: true,
    isRepeatable: true,
    command: ({ layout, forwarded }) => [
      ...["oras", "cp", "--no-tty", "--to-plain-http", "--from-oci-layout"],
      ...[`${layout}:1`, `${forwarded}/${NAME}`],
    ],
  },
  {
    name: `curl, Pod proxy, ${STREAMS} streams, compressed layout`,
    needs: ["curl"],
    command: (subject) => ["bash", "-c", curlScript(subject)],
  },
];

function ours(compression: "gzip" | "zstd" | "none" | "auto"): BenchContender {
  return {
    name: `k8scr, ${compression}`,
    needs: [],
    isRepeatable: true,
    command: ({ archive, ...subject }) => [
      ...push(archive, subject),
      ...["--compression", compression],
    ],
  };
}

function push(
  source: string,
  { target, namespace }: Pick<BenchSubject, "target" | "namespace">,
): readonly string[] {
  return [
    ...[programPath(), "push", source, "--as", NAME, "--quiet"],
    ...["--registry", target, "--namespace", namespace],
  ];
}

/**
 * Sends the blobs of a layout with a client certificate, a session and one PUT
 * for each: no more than the bytes have to travel.
 */
function curlScript(
  { layout, target, namespace }: BenchSubject,
): string {
  const blobs = join(layout, "blobs", "sha256");
  return `set -euo pipefail
# Paths in a kubeconfig are relative to it.
cd "$(dirname "$KUBECONFIG")"
config=$(kubectl config view --raw --minify -o json)
field() { python3 -c 'import json,sys; c=json.load(sys.stdin); print(eval(sys.argv[1]))' "$1" <<<"$config"; }
export server=$(field 'c["clusters"][0]["cluster"]["server"]')
export ca=$(field 'c["clusters"][0]["cluster"]["certificate-authority"]')
export cert=$(field 'c["users"][0]["user"]["client-certificate"]')
export key=$(field 'c["users"][0]["user"]["client-key"]')
export proxy=/api/v1/namespaces/${namespace}/pods/${target}/proxy
send() {
  tls=(--silent --show-error --fail --http1.1 --cacert "$ca" --cert "$cert" --key "$key")
  location=$(curl "\${tls[@]}" -X POST -D - -o /dev/null "$server$proxy/v2/bench/curl/blobs/uploads/" |
    tr -d '\\r' | sed -n 's/^[Ll]ocation: //p')
  path=/\${location#*://*/}
  curl "\${tls[@]}" -T "$1" -H 'Content-Type: application/octet-stream' "$server$path&digest=sha256:$(basename "$1")" -o /dev/null
}
export -f send
ls ${blobs}/* | xargs -P ${STREAMS} -I{} bash -c 'send {}'
`;
}
