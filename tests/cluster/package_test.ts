import { strict as assert } from "node:assert";
import { join } from "node:path";
import { parse } from "yaml";
import config from "../../deno.json" with { type: "json" };
import { krewFaults } from "../scripts/krew_rules.ts";
import {
  apply,
  findProgram,
  kubectl,
  ROOT,
  waitForPod,
  withNamespace,
} from "./support/cluster.ts";
import { runCommand, succeed } from "./support/command.ts";
import { programPath } from "./support/program.ts";
import { programImage } from "./support/program_image.ts";
import { startRegistry } from "./support/registries.ts";
import { once, Scratch } from "./support/scratch.ts";

const NAME = `k8scr-${config.version}-linux-amd64`;

const scratch = new Scratch();

/** A folder with `dist/` in it, packaged from the compiled program. */
const packaged = once(async () => {
  const folder = await scratch.folder("package");
  const dist = await scratch.folder("package/dist");
  await Deno.copyFile(programPath(), join(dist, NAME));
  for (const name of ["LICENSE", "README.md"]) {
    await Deno.copyFile(join(ROOT, name), join(folder, name));
  }
  await pack(folder);
  return folder;
});

/** What a user has after unpacking the archive. */
const unpacked = once(async () => {
  const archive = join(await packaged(), "dist", `${NAME}.tar.gz`);
  const folder = await scratch.folder("unpacked");
  await succeed(["tar", "-xzf", archive, "-C", folder]);
  return folder;
});

Deno.test.afterAll(() => scratch.remove());

/** Runs the task in a folder that has what it needs of the repository. */
async function pack(folder: string): Promise<void> {
  const script = join(ROOT, "scripts", "package.ts");
  await succeed([
    ...["sh", "-c", 'cd "$0" && exec "$@"', folder, Deno.execPath()],
    ...["run", "--quiet", "--config", join(ROOT, "deno.json"), "-A", script],
  ]);
}

Deno.test("package writes an archive that is whole and always the same", async () => {
  const folder = await packaged();
  const dist = join(folder, "dist");
  const check = ["sh", "-c", 'cd "$0" && sha256sum -c checksums.txt', dist];
  assert.equal(await succeed(check), `${NAME}.tar.gz: OK\n`);
  const checksums = await Deno.readTextFile(join(dist, "checksums.txt"));
  await pack(folder);
  assert.equal(await Deno.readTextFile(join(dist, "checksums.txt")), checksums);
  const listing = await succeed(["tar", "-tzf", join(dist, `${NAME}.tar.gz`)]);
  assert.deepEqual(listing.trimEnd().split("\n"), [
    "k8scr",
    "LICENSE",
    "README.md",
    "completions/_k8scr",
    "completions/k8scr.bash",
    "completions/k8scr.fish",
    "man/k8scr.1",
  ]);
});

Deno.test("package writes a manual page that man takes without a warning", async () => {
  const page = join(await unpacked(), "man", "k8scr.1");
  const { code, stdout, stderr } = await runCommand(
    ["man", "--warnings", "-l", page],
    { env: { LC_ALL: "C", MANWIDTH: "80" } },
  );
  assert.equal(code, 0);
  assert.equal(stderr, "");
  assert.match(stdout, /k8scr push \[flags\] SOURCE/);
});

Deno.test("package writes a manifest that keeps krew's rules and fits the archive", async () => {
  const dist = join(await packaged(), "dist");
  const manifest = parse(await Deno.readTextFile(join(dist, "k8scr.yaml")));
  assert.deepEqual(krewFaults(manifest), []);
  const [{ sha256, uri, bin, files }] = manifest.spec.platforms;
  const sums = await Deno.readTextFile(join(dist, "checksums.txt"));
  assert.equal(sums, `${sha256}  ${uri}\n`);
  for (
    const path of [
      bin,
      ...files.map((file: { from: string }) => file.from),
    ]
  ) {
    assert.ok((await Deno.stat(join(await unpacked(), path))).isFile, path);
  }
});

Deno.test("the one file of the package works in a container with nothing else", async () => {
  const program = join(await unpacked(), "k8scr");
  const image = await programImage(program, {
    links: ["kubectl-k8scr", "kubectl_complete-k8scr"],
    programs: [await findProgram("kubectl")],
  });
  await withNamespace("package", async (namespace) => {
    const registry = await startRegistry(namespace);
    await startContainer(namespace, image);
    const run = (...command: string[]) =>
      kubectl(["exec", "-n", namespace, "fresh", "--", ...command]);
    const version = await run("k8scr", "version");
    assert.match(version, new RegExp(`^k8scr ${config.version} \\(linux `));
    assert.match(
      await run("kubectl", "k8scr", "push", "--help"),
      /^Usage: kubectl k8scr push/,
    );
    const completed = await run("kubectl", "__complete", "k8scr", "pro");
    assert.match(completed, /^proxy\t/m);
    const flags = await run("kubectl", "__complete", "k8scr", "push", "--prog");
    assert.match(flags, /^--progress\t/m);
    const answer = await run(
      ...["kubectl", "k8scr", "proxy", "-n", namespace],
      ...["-r", registry.target, "--listen", "127.0.0.1:0", "--exec", "--"],
      ...["sh", "-c", "busybox wget -q -O - http://$K8SCR_PROXY/v2/"],
    );
    assert.equal(answer, "{}");
  });
});

/** Starts a Pod that waits, whose service account may read from registries. */
async function startContainer(namespace: string, image: string): Promise<void> {
  const metadata = { name: "fresh", namespace };
  const group = "rbac.authorization.k8s.io";
  await apply({
    apiVersion: `${group}/v1`,
    kind: "Role",
    metadata,
    rules: [{ apiGroups: [""], resources: ["pods/proxy"], verbs: ["get"] }],
  }, {
    apiVersion: `${group}/v1`,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: group, kind: "Role", name: "fresh" },
    subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
  }, {
    apiVersion: "v1",
    kind: "Pod",
    metadata,
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{
        name: "fresh",
        image,
        imagePullPolicy: "Never",
        command: ["/bin/busybox", "sleep", "600"],
      }],
    },
  });
  await waitForPod(namespace, "fresh");
}
