import { strict as assert } from "node:assert";
import {
  calledCommand,
  lineOf,
  normalizeArgs,
} from "../../src/cli/called_command.ts";
import type { CommandEntry, CommandSpec } from "../../src/cli/command_spec.ts";

const loud = { name: "loud", short: "l", description: "with noise" };
const to = { name: "to", short: "t", value: "PLACE", description: "where" };

function command(name: string): CommandSpec {
  return {
    name,
    summary: name,
    args: [],
    groups: [{ heading: "Flags:", flags: [loud, to] }],
    examples: [],
    run: () => Promise.resolve(0),
  };
}

const send = command("send");
const open = command("open");
const box: CommandEntry = {
  name: "box",
  summary: "Boxes",
  subcommands: [open, command("send")],
};
const commands = [send, box];

Deno.test("calledCommand() finds a command and one under a group", () => {
  assert.deepEqual(calledCommand(["send", "x"], commands), {
    entry: send,
    spec: send,
  });
  assert.deepEqual(calledCommand(["box", "open"], commands), {
    entry: box,
    spec: open,
  });
});

Deno.test("calledCommand() takes the first word that names a command", () => {
  assert.equal(calledCommand(["send", "box"], commands).spec, send);
  assert.equal(calledCommand(["help", "box"], commands).entry, box);
  assert.deepEqual(calledCommand(["--loud"], commands), {});
});

Deno.test("calledCommand() names a group without a command of it", () => {
  assert.deepEqual(calledCommand(["box", "close"], commands), { entry: box });
});

Deno.test("lineOf() is what a user types", () => {
  const line = (...args: string[]) =>
    lineOf(calledCommand(args, commands), "k8scr");
  assert.equal(line("send", "x"), "k8scr send");
  assert.equal(line("box", "send"), "k8scr box send");
  assert.equal(line("box", "close"), "k8scr box");
  assert.equal(line("close"), "k8scr");
});

Deno.test("normalizeArgs() takes kubectl's forms of a flag under a group", () => {
  const normalize = (...args: string[]) =>
    normalizeArgs(args, calledCommand(args, commands));
  assert.deepEqual(
    normalize("box", "open", "--loud=true", "-t=home", "--", "--loud=true"),
    ["box", "open", "--loud", "-t", "home", "--", "--loud=true"],
  );
  assert.deepEqual(normalize("box", "open", "-l=false"), ["box", "open"]);
});

Deno.test("normalizeArgs() asks for the help of what help names", () => {
  const normalize = (...args: string[]) =>
    normalizeArgs(args, calledCommand(args, commands));
  assert.deepEqual(normalize("help", "box", "open"), ["box", "open", "--help"]);
  assert.deepEqual(normalize("help", "box"), ["help", "box"]);
  assert.deepEqual(normalize("box"), ["box", "--help"]);
  assert.deepEqual(normalize("send"), ["send"]);
});
