import { strict as assert } from "node:assert";
import { ArchiveError } from "../../src/archive/archive_error.ts";
import { describeError, explainError } from "../../src/cli/report_error.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { ContentMismatchError } from "../../src/content/content_mismatch_error.ts";
import { CopyError } from "../../src/content/copy_error.ts";
import { NamingError } from "../../src/content/naming_error.ts";
import {
  EngineConnectionError,
  EngineError,
  EngineSettingsError,
} from "../../src/engine/engine_error.ts";
import { ConnectionError } from "../../src/http/connection_error.ts";
import { ExecCredentialError } from "../../src/kube/exec_credential_error.ts";
import { KubeconfigError } from "../../src/kube/kubeconfig_error.ts";
import { PodSelectionError } from "../../src/kube/pod_selection_error.ts";
import { RegistryFlagSyntaxError } from "../../src/kube/registry_flag.ts";
import { KubernetesError } from "../../src/kube/status_error.ts";
import { PlatformSyntaxError } from "../../src/oci/platform.ts";
import { ReferenceSyntaxError } from "../../src/oci/reference.ts";
import { RegistryConnectionError } from "../../src/registry/registry_connection_error.ts";
import { RegistryError } from "../../src/registry/registry_error.ts";

function assertReport(
  error: unknown,
  expected: { text: string; exitCode: number },
): void {
  assert.deepEqual(describeError(error), expected);
}

Deno.test("describeError() ends with 2 for wrong usage", () => {
  assertReport(
    new UsageError("Cannot use this", { recommendation: "Use that" }),
    { text: "error: Cannot use this\nUse that\n", exitCode: 2 },
  );
  assertReport(new PlatformSyntaxError("amd64"), {
    text:
      'error: Cannot parse the platform "amd64": it must be OS/ARCHITECTURE or OS/ARCHITECTURE/VARIANT\n',
    exitCode: 2,
  });
  assert.equal(describeError(new ReferenceSyntaxError("A", "no")).exitCode, 2);
});

Deno.test("describeError() ends with 2 for an input that cannot be used", () => {
  assertReport(
    new ArchiveError("a.tar", "it ends too early", { recommendation: "Again" }),
    {
      text:
        'error in the input: Cannot read "a.tar": it ends too early\nAgain\n',
      exitCode: 2,
    },
  );
  assertReport(new NamingError("Cannot name it", "Name it"), {
    text: "error in the input: Cannot name it\nName it\n",
    exitCode: 2,
  });
});

Deno.test("describeError() says what was copied before why it failed", () => {
  const cause = new ContentMismatchError("Cannot accept it: 3 bytes", {}, {});
  assertReport(new CopyError("app:1", "the layer sha256:aa", cause), {
    text:
      "error in the input: Cannot copy the layer sha256:aa of app:1: Cannot accept it: 3 bytes\n",
    exitCode: 2,
  });
});

Deno.test("describeError() puts the next step behind the whole message", () => {
  const cause = new RegistryError("Cannot upload it: it is full\nMake room", {
    method: "PATCH",
    path: "/v2/app/blobs/uploads/1",
    status: 507,
  });
  assertReport(new CopyError("app:1", "the layer sha256:aa", cause), {
    text:
      "error from the registry: Cannot copy the layer sha256:aa of app:1: Cannot upload it: it is full\nMake room\n",
    exitCode: 1,
  });
});

Deno.test("describeError() ends with 2 for the kubeconfig, 4 for its plugin", () => {
  assertReport(new KubeconfigError('Context "x" does not exist'), {
    text: 'error in the kubeconfig: Context "x" does not exist\n',
    exitCode: 2,
  });
  assertReport(new ExecCredentialError("Cannot run it", { command: "aws" }), {
    text: "error of the credential plugin: Cannot run it\n",
    exitCode: 4,
  });
});

Deno.test("describeError() ends with 4 when the API server is out of reach", () => {
  const error = new ConnectionError("Cannot reach it: refused", {
    address: "127.0.0.1:1",
    stage: "connect",
    transient: true,
  });
  assertReport(error, {
    text: "error on the way to the API server: Cannot reach it: refused\n",
    exitCode: 4,
  });
});

Deno.test("describeError() names the way to a registry outside of the cluster", () => {
  const error = new RegistryConnectionError("Cannot reach it: refused", {
    address: "registry.test:443",
    stage: "connect",
    transient: true,
  });
  assertReport(error, {
    text: "error on the way to the registry: Cannot reach it: refused\n",
    exitCode: 4,
  });
});

Deno.test("describeError() tells a denial from an absent or busy server", () => {
  const codeOf = (status: number, hop: "server" | "pod" = "server") =>
    describeError(
      new KubernetesError("Cannot push", {
        status,
        hop,
        reason: "",
        statusMessage: "",
        transient: false,
      }),
    ).exitCode;
  assert.equal(codeOf(401), 3);
  assert.equal(codeOf(403), 3);
  assert.equal(codeOf(404), 4);
  assert.equal(codeOf(429), 4);
  assert.equal(codeOf(500), 4);
  assert.equal(codeOf(503, "pod"), 4);
  assert.equal(codeOf(413), 1);
});

Deno.test("describeError() ends with 4 when no Pod can be used, 2 for the flag", () => {
  assertReport(new PodSelectionError("Cannot choose a Pod\nLook", true), {
    text: "error on the way to the Pod: Cannot choose a Pod\nLook\n",
    exitCode: 4,
  });
  const flag = new RegistryFlagSyntaxError("a:b", "it has no valid name");
  assert.equal(describeError(flag).exitCode, 2);
});

Deno.test("describeError() tells a silent engine from one that refuses", () => {
  assertReport(
    new EngineConnectionError("Cannot find it\nTried this", {
      recommendation: "Start it",
    }),
    {
      text:
        "error on the way to the engine: Cannot find it\nTried this\nStart it\n",
      exitCode: 4,
    },
  );
  const codeOf = (status: number) =>
    describeError(new EngineError("Cannot read it", { status })).exitCode;
  assert.equal(codeOf(404), 2);
  assert.equal(codeOf(500), 1);
  assertReport(
    new EngineSettingsError("Cannot use it", { recommendation: "Correct it" }),
    { text: "error: Cannot use it\nCorrect it\n", exitCode: 2 },
  );
});

Deno.test("describeError() ends with 130 for an interruption", () => {
  const expected = { text: "Interrupted\n", exitCode: 130 };
  assertReport(new DOMException("Stopped", "AbortError"), expected);
  assert.deepEqual(
    describeError(new Error("Broken off"), { interrupted: true }),
    expected,
  );
});

Deno.test("describeError() has one line for what it does not know", () => {
  assertReport(new TypeError("Cannot read properties"), {
    text: "error: Cannot read properties\n",
    exitCode: 1,
  });
  assertReport("a string", { text: "error: a string\n", exitCode: 1 });
});

Deno.test("describeError() names the reason that it does not know", () => {
  const cause = new Error("The disk is gone", { cause: new Error("EIO") });
  assertReport(new CopyError("app:1", "the layer sha256:aa", cause), {
    text: "error: Cannot copy the layer sha256:aa of app:1: The disk is gone\n",
    exitCode: 1,
  });
});

Deno.test("describeError() shows the stack and the causes when asked", () => {
  const cause = new Error("ENOENT");
  const unknown = new Error("Broken", { cause });
  const { text } = describeError(unknown, { verbose: true });
  assert.match(text, /^error: Broken\nError: Broken\n {4}at /);
  assert.match(text, /\n {2}caused by: ENOENT\n$/);
  const known = new KubeconfigError("Cannot read it", { cause });
  assert.equal(
    describeError(known, { verbose: true }).text,
    "error in the kubeconfig: Cannot read it\n  caused by: ENOENT\n",
  );
});

Deno.test("describeError() survives errors that cause each other", () => {
  const one = new Error("One");
  one.cause = new Error("Two", { cause: one });
  assertReport(one, { text: "error: One\n", exitCode: 1 });
});

Deno.test("explainError() tells the problem from what to do about it", () => {
  const cause = new ConnectionError("Cannot reach it: refused\nCheck it", {
    address: "api:443",
    stage: "connect",
    transient: true,
    cause: new Error("ECONNREFUSED"),
  });
  assert.deepEqual(explainError(new CopyError("app:1", "the tag", cause)), {
    hop: "error on the way to the API server",
    problem: "Cannot copy the tag of app:1: Cannot reach it: refused",
    advice: ["Check it"],
    details: [
      "  caused by: Cannot reach it: refused\nCheck it",
      "  caused by: ECONNREFUSED",
    ],
    exitCode: 4,
  });
});

Deno.test("describeError() shows what would steer the terminal, or feign a line", () => {
  const error = new NamingError("Cannot use \x1b[2J\nerror: x", "Or\n\x07");
  assert.equal(
    describeError(error).text,
    "error in the input: Cannot use \\u001b[2J\\u000aerror: x\nOr\\u000a\\u0007\n",
  );
  assert.equal(
    describeError(new Error("Cannot read \x1b[2J")).text,
    "error: Cannot read \\u001b[2J\n",
  );
});
