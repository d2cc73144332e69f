import { strict as assert } from "node:assert";
import { completionScript } from "../../src/cli/completion_script.ts";

/** Stands for the program: it shows what it was asked, and answers. */
const PROGRAM = `
k8scr() {
  printf '<%s>' "$@" >&2
  case "$*" in
    *arn:*) printf 'arn:aws:eks:one\\narn:aws:eks:two\\n:4\\n' ;;
    *odd*) printf 'odd $(touch x) name\\n:4\\n' ;;
    *) printf -- '--context\\n:4\\n' ;;
  esac
}
`;

/** Completes a line in bash, split into words as bash splits it. */
async function completeInBash(
  ...words: string[]
): Promise<readonly string[]> {
  const line = words.join(" ").replaceAll(/ ([:=]) ?/g, "$1");
  const script = `${PROGRAM}
${completionScript("bash")}
COMP_WORDS=("$@")
COMP_LINE=${JSON.stringify(line)}
COMP_POINT=\${#COMP_LINE}
COMP_CWORD=$(($# - 1))
compopt() { :; }
__k8scr_complete
printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, code } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", ...words],
  }).output();
  assert.equal(code, 0);
  return new TextDecoder().decode(stdout).trimEnd().split("\n");
}

Deno.test("completionScript() completes a flag in bash", async () => {
  assert.deepEqual(await completeInBash("k8scr", "push", "--con"), [
    "--context",
  ]);
});

Deno.test("completionScript() joins what bash splits at a colon", async () => {
  assert.deepEqual(
    await completeInBash(
      "k8scr",
      "push",
      "--context",
      "arn",
      ":",
      "aws",
      ":",
      "e",
    ),
    ["eks:one", "eks:two"],
  );
});

Deno.test("completionScript() joins what bash splits at an equals sign", async () => {
  assert.deepEqual(
    await completeInBash("k8scr", "push", "--context", "=", "arn", ":"),
    ["aws:eks:one", "aws:eks:two"],
  );
});

Deno.test("completionScript() quotes what a name could do in bash", async () => {
  assert.deepEqual(await completeInBash("k8scr", "push", "--context", "odd"), [
    "odd\\ \\$\\(touch\\ x\\)\\ name",
  ]);
});

Deno.test("completionScript() can be sourced twice in bash", async () => {
  const script = completionScript("bash");
  const { success, stderr } = await new Deno.Command("bash", {
    args: ["-euc", `${script}\n${script}\ncomplete -p k8scr`],
  }).output();
  assert.equal(new TextDecoder().decode(stderr), "");
  assert.equal(success, true);
});

Deno.test("completionScript() asks the program in every shell", () => {
  assert.match(completionScript("bash"), /k8scr __completeNoDesc "/);
  assert.match(completionScript("zsh"), /^#compdef k8scr\n/);
  assert.match(completionScript("zsh"), /k8scr __complete "/);
  assert.match(completionScript("fish"), /k8scr __complete \$words/);
});
