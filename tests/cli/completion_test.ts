import { strict as assert } from "node:assert";
import {
  completeWords,
  type Completion,
  formatCompletion,
} from "../../src/cli/completion.ts";
import { commands } from "../../src/cli/commands.ts";
import { FakeIo } from "./fake_io.ts";

const KUBECONFIG = `
apiVersion: v1
kind: Config
current-context: one
contexts:
- name: one
  context: { cluster: c1, user: u1, namespace: infra }
- name: arn:aws:eks:two
  context: { cluster: c2, user: u1 }
clusters:
- name: c1
  cluster: { server: "https://127.0.0.1:1" }
- name: c2
  cluster: { server: "https://127.0.0.1:2" }
users:
- name: u1
  user: { token: secret }
`;

async function complete(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Completion> {
  return await completeWords(words, { commands, io: new FakeIo({ env }) });
}

async function valuesOf(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<readonly string[]> {
  const { candidates } = await complete(words, env);
  return candidates.map(({ value }) => value);
}

async function withKubeconfig(
  action: (path: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/config`;
    await Deno.writeTextFile(path, KUBECONFIG);
    await action(path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("completeWords() offers commands", async () => {
  assert.deepEqual(await complete(["pus"]), {
    candidates: [{
      value: "push",
      description:
        "Push images from a file, a folder or the engine into the cluster",
    }],
    directive: 4,
  });
  assert.ok((await valuesOf([""])).includes("help"));
  assert.deepEqual(await valuesOf(["help", "ver"]), ["version"]);
  assert.deepEqual(await valuesOf(["nonsense", ""]), []);
});

Deno.test("completeWords() offers flags that are not there yet", async () => {
  assert.deepEqual(await valuesOf(["push", "--comp"]), [
    "--compression",
    "--compression-level",
  ]);
  assert.deepEqual(
    await valuesOf(["push", "--compression", "gzip", "--comp"]),
    ["--compression-level"],
  );
  assert.deepEqual(
    await valuesOf(["push", "--select", "a", "--sel"]),
    ["--select"],
  );
});

Deno.test("completeWords() offers the values of a flag in both forms", async () => {
  assert.deepEqual(await valuesOf(["push", "--compression", ""]), [
    "gzip",
    "zstd",
    "none",
    "auto",
  ]);
  assert.deepEqual(await valuesOf(["push", "--progress=p"]), ["plain"]);
  assert.deepEqual(await valuesOf(["push", "-o", "j"]), ["json"]);
});

Deno.test("completeWords() offers the names of the kubeconfig", async () => {
  await withKubeconfig(async (path) => {
    const env = { KUBECONFIG: path };
    assert.deepEqual(await valuesOf(["push", "--context", ""], env), [
      "arn:aws:eks:two",
      "one",
    ]);
    assert.deepEqual(await valuesOf(["push", "--context=arn:"], env), [
      "arn:aws:eks:two",
    ]);
    assert.deepEqual(await valuesOf(["push", "--cluster", ""], env), [
      "c1",
      "c2",
    ]);
    assert.deepEqual(await valuesOf(["push", "--user", ""], env), ["u1"]);
    assert.deepEqual(await valuesOf(["push", "x", "-n", ""], env), [
      "default",
      "infra",
    ]);
    assert.deepEqual(
      await valuesOf(["push", "--kubeconfig", path, "--context", "o"]),
      ["one"],
    );
  });
});

Deno.test("completeWords() offers nothing without a kubeconfig", async () => {
  const env = { KUBECONFIG: "/nonexistent/config", HOME: "/nonexistent" };
  assert.deepEqual(await complete(["push", "--context", ""], env), {
    candidates: [],
    directive: 4,
  });
  assert.deepEqual(
    await valuesOf(["push", "--kubeconfig=/nonexistent", "--context", ""]),
    [],
  );
});

Deno.test("completeWords() leaves files to the shell", async () => {
  const files = { candidates: [], directive: 0 };
  assert.deepEqual(await complete(["push", ""]), files);
  assert.deepEqual(await complete(["push", "image"]), files);
  assert.deepEqual(await complete(["push", "--kubeconfig", ""]), files);
  assert.deepEqual(await complete(["push", "--", "--x"]), files);
});

Deno.test("completeWords() offers the words before a file", async () => {
  assert.deepEqual(await complete(["push", "docker-a"]), {
    candidates: [{
      value: "docker-archive:",
      description: "file of docker save",
    }],
    directive: 2,
  });
});

Deno.test("completeWords() offers nothing after the last word", async () => {
  assert.deepEqual(await complete(["push", "image.tar", ""]), {
    candidates: [],
    directive: 4,
  });
  assert.deepEqual(await valuesOf(["completion", ""]), ["bash", "zsh", "fish"]);
});

Deno.test("completeWords() offers the commands of a group and their flags", async () => {
  assert.deepEqual(await valuesOf(["registry", ""]), [
    "up",
    "status",
    "down",
    "manifest",
    "image",
  ]);
  assert.deepEqual(await valuesOf(["help", "registry", "st"]), ["status"]);
  assert.deepEqual(await valuesOf(["registry", "down", "--ye"]), ["--yes"]);
  assert.deepEqual(
    await valuesOf(["registry", "up", "--node-port-mode", ""]),
    ["service", "host"],
  );
  assert.deepEqual(await valuesOf(["registry", "nonsense", ""]), []);
});

Deno.test("formatCompletion() writes Cobra's protocol", () => {
  const completion = {
    candidates: [{ value: "push", description: "Push it" }, { value: "x" }],
    directive: 4,
  };
  assert.equal(formatCompletion(completion), "push\tPush it\nx\n:4\n");
  assert.equal(formatCompletion(completion, { bare: true }), "push\nx\n:4\n");
});
