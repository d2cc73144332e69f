import { strict as assert } from "node:assert";
import {
  type CommandLineOptions,
  parseCommandLine,
  type ParsedLine,
} from "../../src/cli/command_line.ts";
import type { CommandCall, CommandSpec } from "../../src/cli/command_spec.ts";
import { UsageError } from "../../src/cli/usage_error.ts";

const sendCommand: CommandSpec = {
  name: "send",
  summary: "Send something",
  args: [{ name: "WHAT", description: "what to send" }],
  groups: [{
    heading: "Ways to send:",
    flags: [
      { name: "to", short: "t", value: "PLACE", description: "where" },
      { name: "speed", value: "N", description: "how fast", default: "4" },
      { name: "copy", value: "WHO", description: "who else", repeatable: true },
      { name: "loud", short: "l", description: "with noise" },
    ],
  }],
  examples: [{ what: "A letter", line: "{} send letter" }],
  run: () => Promise.resolve(0),
};

const options: CommandLineOptions = {
  usage: "kubectl k8scr",
  description: "Sends things.",
  version: "1.2.3",
  columns: 80,
  commands: [sendCommand, {
    name: "box",
    summary: "Look after boxes",
    subcommands: [
      { ...sendCommand, name: "open", summary: "Open a box" },
      { ...sendCommand, name: "close", summary: "Close a box" },
    ],
  }],
};

function callOf(...args: string[]): CommandCall {
  const parsed = parseCommandLine(args, options);
  if ("call" in parsed) return parsed.call;
  throw new Error(`There is only a text: ${parsed.text}`);
}

function textOf(...args: string[]): string {
  const parsed: ParsedLine = parseCommandLine(args, options);
  if ("text" in parsed) return parsed.text;
  throw new Error(`There is a command: ${parsed.spec.name}`);
}

function errorOf(...args: string[]): UsageError {
  try {
    parseCommandLine(args, options);
  } catch (error) {
    if (error instanceof UsageError) return error;
    throw error;
  }
  throw new Error("Nothing was thrown");
}

Deno.test("parseCommandLine() reads words and flags in any order", () => {
  const { args, flags } = callOf("send", "--to", "home", "letter", "-l");
  assert.deepEqual(args, ["letter"]);
  assert.equal(flags.text("to"), "home");
  assert.equal(flags.isOn("loud"), true);
});

Deno.test("parseCommandLine() knows defaults and repeated flags", () => {
  const { flags } = callOf("send", "x", "--copy", "a", "--copy=b");
  assert.equal(flags.text("speed"), "4");
  assert.deepEqual(flags.list("copy"), ["a", "b"]);
  assert.deepEqual(callOf("send", "x").flags.list("copy"), []);
});

Deno.test("parseCommandLine() takes kubectl's forms of a flag", () => {
  assert.equal(callOf("send", "x", "-t=home").flags.text("to"), "home");
  assert.equal(callOf("send", "x", "-thome").flags.text("to"), "home");
  assert.equal(callOf("send", "x", "--to=a=b").flags.text("to"), "a=b");
  assert.equal(callOf("send", "x", "--loud=true").flags.isOn("loud"), true);
  assert.equal(callOf("send", "x", "--loud=false").flags.isOn("loud"), false);
});

Deno.test("parseCommandLine() takes words behind -- as they are", () => {
  assert.deepEqual(callOf("send", "--", "--loud=true").args, ["--loud=true"]);
  assert.deepEqual(callOf("send", "-").args, ["-"]);
});

Deno.test("parseCommandLine() shows help with groups and examples", () => {
  const help = textOf("send", "--help");
  assert.match(help, /^Usage: kubectl k8scr send \[flags\] <WHAT>\n/);
  assert.match(help, /Ways to send:\n +-t, --to <PLACE> +where\n/);
  assert.match(help, /--speed <N> +how fast \(default: 4\)/);
  assert.match(
    help,
    /Examples:\n {2}# A letter\n {2}kubectl k8scr send letter\n/,
  );
  assert.equal(textOf("help", "send"), help);
});

Deno.test("parseCommandLine() shows the commands when there is none", () => {
  const help = textOf();
  assert.match(help, /Usage: kubectl k8scr COMMAND \[flags\]\n/);
  assert.match(help, / {2}send +Send something\n/);
  assert.match(help, /Use "kubectl k8scr COMMAND --help"/);
  assert.equal(textOf("--help"), help);
});

Deno.test("parseCommandLine() shows the version", () => {
  assert.equal(textOf("--version"), "1.2.3\n");
});

Deno.test("parseCommandLine() suggests a command for one it does not know", () => {
  const error = errorOf("sent", "x");
  assert.equal(
    error.message,
    'Cannot run "kubectl k8scr": unknown command "sent"',
  );
  assert.equal(
    error.recommendation,
    'Did you mean send?\nSee "kubectl k8scr --help"',
  );
});

Deno.test("parseCommandLine() suggests a flag for one it does not know", () => {
  const error = errorOf("send", "x", "--spead", "1");
  assert.equal(
    error.message,
    'Cannot run "kubectl k8scr send": unknown option "--spead"',
  );
  assert.equal(
    error.recommendation,
    'Did you mean --speed?\nSee "kubectl k8scr send --help"',
  );
});

Deno.test("parseCommandLine() says that flags come after the command", () => {
  assert.equal(
    errorOf("--to", "home", "send", "x").recommendation?.split("\n")[0],
    "Flags come after the command: kubectl k8scr COMMAND --to ...",
  );
});

Deno.test("parseCommandLine() refuses missing and surplus words", () => {
  assert.match(errorOf("send").message, /missing required argument "WHAT"$/);
  assert.match(errorOf("send", "a", "b").message, /too many arguments/);
  assert.match(errorOf("send", "x", "--to").message, /argument missing$/);
  assert.match(errorOf("help", "sent").message, /there is no such command$/);
});

Deno.test("parseCommandLine() reads a command of a group", () => {
  const { args, flags } = callOf("box", "close", "mine", "--to=home");
  assert.deepEqual(args, ["mine"]);
  assert.equal(flags.text("to"), "home");
});

Deno.test("parseCommandLine() has help for a group and its commands", () => {
  const group = textOf("box");
  assert.match(group, /^Usage: kubectl k8scr box COMMAND \[flags\]\n/);
  assert.match(group, / {2}open +Open a box\n {2}close +Close a box\n/);
  assert.match(group, /Use "kubectl k8scr box COMMAND --help"/);
  assert.equal(textOf("box", "--help"), group);
  assert.equal(textOf("help", "box"), group);
  const close = textOf("box", "close", "--help");
  assert.match(close, /^Usage: kubectl k8scr box close \[flags\] <WHAT>\n/);
  assert.match(close, /--speed <N> +how fast \(default: 4\)/);
  assert.equal(textOf("help", "box", "close"), close);
});

Deno.test("parseCommandLine() tells where a group has no such command", () => {
  const error = errorOf("box", "clsoe");
  assert.equal(
    error.message,
    'Cannot run "kubectl k8scr box": unknown command "clsoe"',
  );
  assert.equal(
    error.recommendation,
    'Did you mean close?\nSee "kubectl k8scr box --help"',
  );
  assert.match(
    errorOf("box", "open", "x", "--bogus").message,
    /^Cannot run "kubectl k8scr box open": unknown option "--bogus"/,
  );
});
