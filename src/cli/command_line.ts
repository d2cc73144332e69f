import { Command, CommanderError, Option } from "commander";
import {
  type CalledCommand,
  calledCommand,
  lineOf,
  normalizeArgs,
} from "./called_command.ts";
import {
  type ArgumentSpec,
  type CommandCall,
  type CommandEntry,
  type CommandGroup,
  type CommandSpec,
  isCommandGroup,
} from "./command_spec.ts";
import type { FlagGroup, FlagSpec } from "./flag_spec.ts";
import { Flags } from "./flags.ts";
import { UsageError } from "./usage_error.ts";

/** Options for {@linkcode parseCommandLine}. */
export interface CommandLineOptions {
  /** What a user types before the command. */
  readonly usage: string;
  /** What the program is for, for help. */
  readonly description: string;
  /** What `--version` prints. */
  readonly version: string;
  /** The width of help in characters. */
  readonly columns: number;
  /** All commands. */
  readonly commands: readonly CommandEntry[];
}

/** What a command line asks for: a command, or a text to print. */
export type ParsedLine =
  | { readonly spec: CommandSpec; readonly call: CommandCall }
  | { readonly text: string };

/**
 * Parses a command line; nothing is run and nothing printed.
 *
 * @throws {UsageError} when a command or a flag is not known, or one is missing
 */
export function parseCommandLine(
  args: readonly string[],
  options: CommandLineOptions,
): ParsedLine {
  const output: string[] = [];
  const parsed: { line?: ParsedLine } = {};
  const called = calledCommand(args, options.commands);
  const program = buildProgram(called, options, {
    write: (text) => output.push(text),
    choose: (spec, command) => {
      parsed.line = {
        spec,
        call: { args: command.args, flags: readFlags(command) },
      };
    },
  });
  if (args.length === 0) {
    program.outputHelp();
    return { text: output.join("") };
  }
  try {
    program.parse(normalizeArgs(args, called), { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode !== 0) throw usageErrorOf(error, args, options);
  }
  return parsed.line ?? { text: output.join("") };
}

const OTHER_FLAGS = "Other flags:";

interface ProgramEvents {
  write(text: string): void;
  choose(spec: CommandSpec, command: Command): void;
}

function buildProgram(
  called: CalledCommand,
  options: CommandLineOptions,
  events: ProgramEvents,
): Command {
  const { usage, commands, columns } = options;
  const program = new Command(usage)
    .description(options.description)
    .usage("COMMAND [flags]")
    .addHelpOption(helpOption("show help"))
    .helpCommand("help [COMMAND]", "show help of a command")
    .optionsGroup(OTHER_FLAGS)
    .version(options.version, "--version", "show the version")
    .configureHelp({
      subcommandTerm: (command) => command.name(),
      minWidthToWrap: 20,
    })
    .configureOutput({
      writeOut: events.write,
      writeErr: () => {},
      getOutHelpWidth: () => columns,
      getOutHasColors: () => false,
    })
    .exitOverride()
    .addHelpText("after", furtherHelp(usage));
  for (const entry of commands) {
    const command = program.command(entry.name).summary(entry.summary);
    if (!isCommandGroup(entry)) {
      addCommand(command, entry, { called, usage, events });
      continue;
    }
    describeGroup(command, entry, usage);
    for (const spec of entry.subcommands) {
      const below = command.command(spec.name).summary(spec.summary);
      addCommand(below, spec, { called, usage, events });
    }
  }
  return program;
}

function addCommand(
  command: Command,
  spec: CommandSpec,
  { called, usage, events }: {
    readonly called: CalledCommand;
    readonly usage: string;
    readonly events: ProgramEvents;
  },
): void {
  // The others are not asked for: that saves time at every start.
  if (called.spec === spec) describeCommand(command, spec, usage);
  command.action(() => events.choose(spec, command));
}

function describeGroup(
  command: Command,
  { name, summary, description }: CommandGroup,
  usage: string,
): void {
  command
    .description(description ?? summary)
    .usage("COMMAND [flags]")
    .addHelpOption(helpOption("show this help"))
    .helpCommand(false)
    .addHelpText("after", furtherHelp(`${usage} ${name}`));
}

function furtherHelp(usage: string): string {
  return `\nUse "${usage} COMMAND --help" for the flags of a command.`;
}

function describeCommand(
  command: Command,
  spec: CommandSpec,
  usage: string,
): void {
  command
    .description(spec.description ?? spec.summary)
    .usage(["[flags]", ...spec.args.map(argumentUsage)].join(" "))
    .addHelpOption(helpOption("show this help"));
  for (const argument of spec.args) {
    command.argument(argumentUsage(argument), argument.description);
  }
  for (const group of spec.groups) addFlagGroup(command, group);
  if (spec.examples.length === 0) return;
  const examples = spec.examples.map(({ what, line }) =>
    `  # ${what}\n  ${line.replaceAll("{}", usage)}\n`
  );
  command.addHelpText("after", `\nExamples:\n${examples.join("\n")}`);
}

function helpOption(description: string): Option {
  return new Option("-h, --help", description).helpGroup(OTHER_FLAGS);
}

function argumentUsage(
  { name, optional, variadic }: ArgumentSpec,
): string {
  const word = variadic ? `${name}...` : name;
  return optional ? `[${word}]` : `<${word}>`;
}

function addFlagGroup(command: Command, group: FlagGroup): void {
  for (const flag of group.flags) {
    const option = new Option(flagSyntax(flag), flag.description)
      .helpGroup(group.heading);
    if (flag.repeatable) {
      option.argParser((value: string, before: readonly string[] = []) => [
        ...before,
        value,
      ]);
    } else if (flag.default !== undefined) {
      option.default(flag.default, flag.default);
    }
    command.addOption(option);
  }
}

function flagSyntax({ name, short, value }: FlagSpec): string {
  const names = short === undefined ? `--${name}` : `-${short}, --${name}`;
  return value === undefined ? names : `${names} <${value}>`;
}

function readFlags(command: Command): Flags {
  const values: Record<string, unknown> = command.opts();
  return new Flags(
    new Map(
      command.options.map((option) => [
        option.name(),
        // Commander keeps `--no-x` as the opposite of a switch `x`.
        option.negate
          ? values[option.attributeName()] === false
          : values[option.attributeName()],
      ]),
    ),
  );
}

function usageErrorOf(
  error: CommanderError,
  args: readonly string[],
  options: CommandLineOptions,
): UsageError {
  const called = calledCommand(args, options.commands);
  const line = lineOf(called, options.usage);
  const [first = "", suggestion] = error.message.split("\n");
  const reason = first.replace(/^error: /, "").replaceAll("'", '"');
  const hints = [
    suggestion?.replace(/^\((.*)\)$/, "$1"),
    misplacedFlagHint(error, args, options),
    `See "${line} --help"`,
  ];
  return new UsageError(`Cannot run "${line}": ${reasonOf(error, reason)}`, {
    recommendation: hints.filter((hint) => hint !== undefined).join("\n"),
    cause: error,
  });
}

function reasonOf(error: CommanderError, reason: string): string {
  return error.code === "commander.help" ? "there is no such command" : reason;
}

/** A known flag before the command: kubectl allows it, a plugin never gets it. */
function misplacedFlagHint(
  error: CommanderError,
  args: readonly string[],
  { commands, usage }: CommandLineOptions,
): string | undefined {
  const [first = ""] = args;
  if (error.code !== "commander.unknownOption" || !first.startsWith("-")) {
    return undefined;
  }
  const known = commands
    .flatMap((entry) => isCommandGroup(entry) ? entry.subcommands : [entry])
    .flatMap(({ groups }) => groups)
    .flatMap(({ flags }) => flags)
    .some(({ name, short }) =>
      first.split("=")[0] === `--${name}` || first.startsWith(`-${short}`)
    );
  return known
    ? `Flags come after the command: ${usage} COMMAND ${first} ...`
    : undefined;
}
