import { strict as assert } from "node:assert";
import { main } from "../../src/cli/main.ts";
import { FakeIo, type FakeIoOptions } from "./fake_io.ts";

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(args: string[], options: FakeIoOptions = {}): Promise<Run> {
  const io = new FakeIo(options);
  const code = await main(args, io);
  return { code, stdout: io.stdout.text, stderr: io.stderr.text };
}

Deno.test("main() shows help on standard output", async () => {
  for (const args of [[], ["--help"], ["help"]]) {
    const { code, stdout, stderr } = await run(args);
    assert.equal(code, 0);
    assert.match(stdout, /Usage: k8scr COMMAND \[flags\]/);
    assert.match(stdout, / {2}push +Push images/);
    assert.equal(stderr, "");
  }
});

Deno.test("main() has help with examples for every command", async () => {
  for (const command of ["push", "completion", "version"]) {
    const { code, stdout } = await run([command, "--help"]);
    assert.equal(code, 0);
    assert.match(stdout, new RegExp(`^Usage: k8scr ${command} `));
    assert.match(stdout, /\nExamples:\n {2}# /);
  }
});

Deno.test("main() calls itself as it was called", async () => {
  const { stdout } = await run(["push", "--help"], {
    programName: "kubectl-k8scr",
  });
  assert.match(stdout, /^Usage: kubectl k8scr push \[flags\] <SOURCE>\n/);
  assert.match(stdout, / {2}kubectl k8scr push image\.tar\n/);
});

Deno.test("main() is as wide as the terminal, up to 100", async () => {
  const { stdout } = await run(["push", "--help"], {
    isTerminal: true,
    size: { columns: 60, rows: 24 },
  });
  const flags = stdout.split("\n").filter((line) => /^ {2,}-/.test(line));
  assert.ok(flags.every((line) => line.length <= 60));
});

Deno.test("main() offers the size of chunks where blobs are sent, and only there", async () => {
  const offered = new Map<string, boolean>();
  for (
    const command of ["push", "copy", "pull", "ls", "inspect", "rm", "tag"]
  ) {
    const { stdout } = await run([command, "--help"]);
    assert.match(stdout, /--stall-timeout/);
    offered.set(command, stdout.includes("--chunk-size"));
  }
  assert.deepEqual(Object.fromEntries(offered), {
    push: true,
    copy: true,
    pull: false,
    ls: false,
    inspect: false,
    rm: false,
    tag: false,
  });
});

Deno.test("main() ends with 2 for a command or flag that there is not", async () => {
  const command = await run(["psuh"]);
  assert.equal(command.code, 2);
  assert.equal(command.stdout, "");
  assert.equal(
    command.stderr,
    'error: Cannot run "k8scr": unknown command "psuh"\n' +
      'Did you mean push?\nSee "k8scr --help"\n',
  );
  const flag = await run(["push", "image.tar", "--job", "3"]);
  assert.equal(flag.code, 2);
  assert.match(flag.stderr, /unknown option "--job"\nDid you mean .*--jobs/);
});

Deno.test("main() ends with 2 for a value that cannot be used", async () => {
  const { code, stderr } = await run(["push", "image.tar", "--jobs", "many"]);
  assert.equal(code, 2);
  assert.equal(
    stderr,
    'error: Cannot use --jobs "many": it must be a whole number from 1 to 64\n',
  );
});

Deno.test("main() shows the version", async () => {
  const text = await run(["version"]);
  assert.equal(text.code, 0);
  assert.match(text.stdout, /^k8scr \d+\.\d+\.\d+ \(\w+ \w+, Deno [\d.]+\)\n$/);
  const { version } = JSON.parse((await run(["version", "-o", "json"])).stdout);
  assert.equal((await run(["--version"])).stdout, `${version}\n`);
});

Deno.test("main() prints completion scripts and refuses other shells", async () => {
  const { code, stdout } = await run(["completion", "bash"]);
  assert.equal(code, 0);
  assert.match(stdout, /^# bash completion for k8scr\n/);
  const other = await run(["completion", "tcsh"]);
  assert.equal(other.code, 2);
  assert.match(other.stderr, /"tcsh": it must be bash, zsh or fish\n$/);
});

Deno.test("main() speaks Cobra's completion protocol", async () => {
  const described = await run(["__complete", "vers"]);
  assert.equal(
    described.stdout,
    "version\tShow the version of the program\n:4\n",
  );
  const bare = await run(["__completeNoDesc", "push", "--progress", "b"]);
  assert.equal(bare.stdout, "bar\n:4\n");
});

Deno.test("main() completes when kubectl calls it for that", async () => {
  const { code, stdout } = await run(["push", "-o", ""], {
    programName: "kubectl_complete-k8scr",
  });
  assert.equal(code, 0);
  assert.equal(stdout, "text\njson\n:4\n");
});

Deno.test("main() ends well when nobody reads its output any more", async () => {
  const io = new FakeIo();
  io.stdout.isClosed = true;
  assert.equal(await main(["version"], io), 0);
  assert.equal(io.stderr.text, "");
});
