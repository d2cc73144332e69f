import { strict as assert } from "node:assert";
import { join } from "node:path";
import { digestOf } from "../../src/oci/digest.ts";
import {
  apply,
  freePort,
  kubectl,
  makeImage,
  withNamespace,
} from "./support/cluster.ts";
import { runProgram } from "./support/program.ts";
import { assertDone, assertFailed, push } from "./support/pushes.ts";
import {
  deploy,
  DISTRIBUTION_IMAGE,
  importDistribution,
  importOwnImage,
  registry,
  registryUp,
  replacePod,
} from "./support/registry_up.ts";
import { once, Scratch } from "./support/scratch.ts";

const scratch = new Scratch();
const ownImage = once(async () =>
  await importOwnImage(await scratch.folder("own-image"))
);
const distribution = once(async () =>
  await importDistribution(await scratch.folder("distribution"))
);

/** An image whose container says so and goes on. */
const speaker = once(async () => {
  const path = join(await scratch.folder("speaker"), "speaker.tar");
  await makeImage(
    ...["--name", "apps/speaker:1", "--out", path],
    ...["--file", "/bin/busybox=bin/busybox", "--link", "bin/sh=busybox"],
    ...["--command", "/bin/sh", "-c", "echo this is it; exec sleep 3600"],
  );
  return path;
});

const POD = { target: "k8scr-0" };

Deno.test.afterAll(() => scratch.remove());

Deno.test("a Deployment runs what was pushed to k8scr's own image, also after its Pod was replaced", async () => {
  await ownImage();
  await withNamespace("registry-up", async (namespace) => {
    const folder = await scratch.folder("node-folder");
    const storage = `hostPath:${folder}`;
    const flags = ["--storage", storage, "--node", "node-1"];
    const address = await registryUp(namespace, flags);
    const list = await runProgram(["ls", "-n", namespace]);
    assert.equal(list.stdout, "", "what the registry was tried with is gone");
    const image = await pushSpeaker(namespace);
    assert.equal(image, `${address}/apps/speaker:1`);
    assert.equal(await deploy(namespace, "before", image), "this is it\n");
    await replacePod(namespace, "k8scr-0");
    assert.equal(await deploy(namespace, "after", image), "this is it\n");

    const again = await registry(namespace, ["up", ...flags]);
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, /^service\/k8scr unchanged$/m);
    assert.match(again.stderr, /^statefulset\/k8scr unchanged$/m);
    assert.equal(again.stdout.trimEnd(), address);

    const status = await registry(namespace, ["status", "-o", "json"]);
    assert.equal(status.code, 0, status.stderr);
    const { ready, pods, repositories, nodeAddress, bytesUsed } = JSON.parse(
      status.stdout,
    );
    assert.equal(ready, true);
    assert.equal(pods[0].node, "node-1");
    assert.equal(repositories, 1);
    assert.equal(nodeAddress, address);
    assert.ok(bytesUsed > 1_000_000);

    const doctor = await runProgram(["doctor", "--quick", "-n", namespace]);
    assert.equal(doctor.code, 0, doctor.stdout);
    assert.match(doctor.stdout, /^ok +target +Pod "k8scr-0" in namespace /m);
    assert.match(
      doctor.stdout,
      new RegExp(`^ok +nodes .* pull from ${address} \\(NodePort `, "m"),
    );
  });
});

Deno.test("a registry on a claim keeps to the restricted profile, and down keeps its content", async () => {
  await ownImage();
  await withNamespace("registry-up", async (namespace) => {
    await restrict(namespace);
    await makeVolume(namespace, await scratch.folder("volume"));
    const flags = ["--storage", "pvc:100Mi", "--storage-class", namespace];
    try {
      const address = await registryUp(namespace, flags);
      assertDone(await push({ ...POD, namespace }, [await speaker()]));
      await replacePod(namespace, "k8scr-0");
      await withNamespace("registry-run", async (other) => {
        const image = `${address}/apps/speaker:1`;
        assert.equal(await deploy(other, "speaker", image), "this is it\n");
      });

      const down = await registry(namespace, ["down", "--yes"]);
      assert.equal(down.code, 0, down.stderr);
      assert.match(down.stdout, /^statefulset\/k8scr deleted\n/);
      assert.doesNotMatch(down.stdout, /persistentvolumeclaim/);
      await registryUp(namespace, flags);
      assert.equal(await countRepositories(namespace), 1);

      const all = await registry(namespace, ["down", "--yes", "--delete-data"]);
      assert.equal(all.code, 0, all.stderr);
      assert.match(all.stdout, /^persistentvolumeclaim\/k8scr deleted$/m);
      const left = await kubectl(["get", "all,pvc", "-n", namespace]);
      assert.equal(left, "");
    } finally {
      await kubectl(["delete", "pv", namespace, "--wait=false"]);
    }
  });
});

Deno.test("a registry is reached by a port of its node", async () => {
  await ownImage();
  await withNamespace("registry-up", async (namespace) => {
    const flags = ["--storage", "memory:200Mi", "--node-port-mode", "host"];
    const number = freePort();
    const port = ["--node-port", `${number}`];
    const before = await registry(namespace, [
      "up",
      ...flags,
      ...port,
      "--dry-run",
    ]);
    assert.equal(before.code, 0, before.stderr);
    assert.equal(
      before.stdout,
      "service/k8scr would be created\nstatefulset/k8scr would be created\n",
    );
    assert.equal(await kubectl(["get", "all", "-n", namespace]), "");
    assert.equal(
      await registryUp(namespace, [...flags, ...port]),
      `localhost:${number}`,
    );
    const image = await pushSpeaker(namespace);
    assert.equal(image, `localhost:${number}/apps/speaker:1`);
    assert.equal(await deploy(namespace, "speaker", image), "this is it\n");
    const change = await registry(namespace, [
      ...["up", ...flags, "--node-port", "1", "--dry-run"],
    ]);
    assert.match(
      change.stdout,
      /^ {2}spec\.template\.spec\.containers\[0\]\.ports\[0\]\.hostPort: \d+ -> 1$/m,
    );
  });
});

Deno.test("two Pods of distribution share a folder: a push keeps to one, pulls spread over both", async () => {
  await distribution();
  await withNamespace("registry-up", async (namespace) => {
    const folder = await scratch.folder("shared-folder");
    const address = await registryUp(namespace, [
      ...["--image", DISTRIBUTION_IMAGE, "--replicas", "2"],
      ...["--storage", `hostPath:${folder}`, "--node", "node-1"],
    ]);
    const target = "statefulset/k8scr";
    assertDone(await push({ target, namespace }, [await speaker()]));
    const logs = () =>
      Promise.all(
        ["k8scr-0", "k8scr-1"].map((pod) =>
          kubectl(["logs", pod, "-n", namespace])
        ),
      );
    const pushedTo = (await logs()).filter((log) =>
      /(?:PATCH|PUT) \/v2\/apps\/speaker\//.test(log)
    );
    assert.equal(pushedTo.length, 1);
    const pulls = Array.from(
      { length: 20 },
      () =>
        freshFetch(`http://${address}/v2/apps/speaker/manifests/1`, {
          headers: { accept: "application/vnd.oci.image.manifest.v1+json" },
        }),
    );
    const statuses = (await Promise.all(pulls)).map(({ status }) => status);
    assert.deepEqual(new Set(statuses), new Set([200]));
    for (const log of await logs()) {
      assert.match(log, /GET \/v2\/apps\/speaker\/manifests\/1 /);
    }
    // They have one secret: an upload that began in one Pod ends in any.
    const bytes = new TextEncoder().encode("content");
    for (let upload = 0; upload < 10; upload++) {
      const base = `http://${address}/v2/apps/other/blobs/uploads/`;
      const start = await freshFetch(base, { method: "POST" });
      const location = new URL(start.headers.get("location") ?? "", base);
      location.searchParams.set("digest", digestOf(bytes));
      const end = await freshFetch(location, { method: "PUT", body: bytes });
      assert.equal(end.status, 201);
    }
  });
});

Deno.test("the command that registry up prints pushes to that registry", async () => {
  await distribution();
  await withNamespace("registry-up", async (namespace) => {
    const printed = async (name: string) => {
      const flags = ["--image", DISTRIBUTION_IMAGE, "--storage", "emptyDir"];
      const up = await registry(namespace, ["up", name, ...flags]);
      assert.equal(up.code, 0, up.stderr);
      const [, words = ""] = /^Push with: k8scr (.*) IMAGE$/m.exec(up.stderr) ??
        [];
      const pushed = await runProgram([...words.split(" "), await speaker()]);
      assertDone(pushed);
      const image = `${up.stdout.trimEnd()}/apps/speaker:1`;
      assert.ok(pushed.stderr.endsWith(`\nPod specs use: image: ${image}\n`));
      return words;
    };
    assert.equal(await printed("k8scr"), `push -n ${namespace}`);
    assert.equal(
      await printed("images"),
      `push -n ${namespace} -r images-0`,
    );
    await kubectl([
      ...["run", "k8scr", "-n", namespace, "--image", "k8scr.test/pause:1"],
    ]);
    assert.equal(await printed("k8scr"), `push -n ${namespace} -r k8scr-0`);
  });
});

Deno.test("registry up says why the registry does not come up", async (t) => {
  await ownImage();
  await withNamespace("registry-up", async (namespace) => {
    const fails = async (
      args: readonly string[],
      ...messages: readonly RegExp[]
    ) => {
      const result = await registry(namespace, ["up", ...args]);
      assertFailed(result, 1, ...messages);
    };
    await t.step("the image cannot be pulled", () =>
      fails(
        ["image", "--image", "k8scr.test/absent:1", "--storage", "emptyDir"],
        /^error: .* Pod image-0 is (?:ImagePullBackOff|ErrImagePull): /m,
        /^The node must have the image "k8scr\.test\/absent:1"/m,
      ));
    await t.step("the claim has no volume", () =>
      fails(
        ["claim", "--storage", "pvc:1Gi", "--timeout", "5s"],
        /^error: .* the claim claim has no volume yet \(FailedBinding: /m,
        /--storage-class/,
      ));
    await t.step("no node takes the Pod", () =>
      fails(
        [
          ...["nowhere", "--image", DISTRIBUTION_IMAGE, "--timeout", "5s"],
          ...["--storage", "emptyDir", "--node", "no-such-node"],
        ],
        /^error: .* Pod nowhere-0 is Pending: 0\/\d+ nodes are available/m,
      ));
    await t.step("the program ends", async () => {
      const folder = await scratch.folder("read-only-folder");
      await Deno.chmod(folder, 0o555);
      await fails(
        ["crash", "--storage", `hostPath:${folder}`, "--node", "node-1"],
        /^error: .* Pod crash-0 is CrashLoopBackOff: /m,
        /^Its last words:\n {2}.*(?:denied|EACCES)/m,
        /kubectl logs crash-0/,
      );
    });
    await t.step("the namespace is restricted", async () => {
      await restrict(namespace);
      await fails(
        ["folder", "--storage", "hostPath:/srv/k8scr", "--node", "node-1"],
        /^error: .* no Pod can be made: .* violates PodSecurity/m,
        /pod-security\.kubernetes\.io\/enforce=privileged/,
      );
      await fails(
        ["port", "--storage", "emptyDir", "--node-port-mode", "host"],
        /^error: .* no Pod can be made: .* violates PodSecurity .*hostPort/m,
        /--node-port-mode service/,
      );
    });
    await t.step("what is there was not made by k8scr", async () => {
      await kubectl([
        ...["create", "service", "clusterip", "taken", "--tcp=80"],
        ...["-n", namespace],
      ]);
      await fails(
        ["taken", "--storage", "emptyDir"],
        /^error: .*service\/taken is in namespace .*was not made by k8scr/m,
      );
    });
  });
});

Deno.test("a registry that was stuck comes up once its image is there", async () => {
  await distribution();
  await withNamespace("registry-up", async (namespace) => {
    const flags = ["--storage", "emptyDir", "--image"];
    const stuck = await registry(namespace, [
      ...["up", ...flags, "k8scr.test/absent:1"],
    ]);
    assert.equal(stuck.code, 1);
    await registryUp(namespace, [...flags, DISTRIBUTION_IMAGE]);
    const moved = await registry(namespace, [
      ...["up", "--image", DISTRIBUTION_IMAGE, "--storage", "memory"],
    ]);
    assertFailed(moved, 2, /its content is in emptyDir/);
  });
});

/** Pushes {@linkcode speaker}, and returns the name that Pod specs are to use. */
async function pushSpeaker(namespace: string): Promise<string> {
  const pushed = await push({ ...POD, namespace }, [await speaker()]);
  assertDone(pushed);
  const [, image] = /^Pod specs use: image: (.*)$/m.exec(pushed.stderr) ?? [];
  assert.ok(image, pushed.stderr);
  return image;
}

/** Every request has a connection of its own. */
async function freshFetch(
  url: string | URL,
  init: RequestInit = {},
): Promise<Response> {
  using client = Deno.createHttpClient({ poolMaxIdlePerHost: 0 });
  const response = await fetch(url, { ...init, client });
  await response.body?.cancel();
  return response;
}

async function countRepositories(namespace: string): Promise<number> {
  const { stdout } = await registry(namespace, ["status", "-o", "json"]);
  return JSON.parse(stdout).repositories;
}

function restrict(namespace: string): Promise<string> {
  return kubectl([
    ...["label", "namespace", namespace],
    "pod-security.kubernetes.io/enforce=restricted",
  ]);
}

/** There is no storage class in the test cluster that makes volumes. */
function makeVolume(name: string, path: string): Promise<void> {
  return apply({
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name },
    spec: {
      storageClassName: name,
      capacity: { storage: "100Mi" },
      accessModes: ["ReadWriteOnce"],
      persistentVolumeReclaimPolicy: "Retain",
      local: { path },
      nodeAffinity: {
        required: {
          nodeSelectorTerms: [{
            matchFields: [{
              key: "metadata.name",
              operator: "In",
              values: ["node-1"],
            }],
          }],
        },
      },
    },
  });
}
