import {
  type CommandEntry,
  type CommandSpec,
  isCommandGroup,
} from "./command_spec.ts";

/** What the words of a command line name. */
export interface CalledCommand {
  /** The command or the group. */
  readonly entry?: CommandEntry;
  /** The command, under a group or not. */
  readonly spec?: CommandSpec;
}

/** Finds the command that the words name; flags have no part in it. */
export function calledCommand(
  args: readonly string[],
  commands: readonly CommandEntry[],
): CalledCommand {
  const at = args.findIndex((arg) => commands.some(({ name }) => name === arg));
  const entry = commands.find(({ name }) => name === args[at]);
  if (entry === undefined) return {};
  if (!isCommandGroup(entry)) return { entry, spec: entry };
  const spec = entry.subcommands.find(({ name }) => name === args[at + 1]);
  return spec === undefined ? { entry } : { entry, spec };
}

/** Returns what a user types to call it. */
export function lineOf({ entry, spec }: CalledCommand, usage: string): string {
  const words = new Set([entry?.name, spec?.name]);
  return [usage, ...words].filter((word) => word !== undefined).join(" ");
}

/**
 * Takes the forms that kubectl's flag parser has beyond commander's:
 * `--switch=true`, `--switch=false`, `-n=VALUE` and `help GROUP COMMAND`. A
 * group alone gets its help.
 *
 * @see https://pkg.go.dev/github.com/spf13/pflag#hdr-Command_line_flag_syntax
 */
export function normalizeArgs(
  args: readonly string[],
  { entry, spec }: CalledCommand,
): readonly string[] {
  const asksForHelp = args[0] === "help" && args.length > 2;
  if (asksForHelp && spec !== undefined) return [...args.slice(1), "--help"];
  const isGroup = entry !== undefined && isCommandGroup(entry);
  if (isGroup && args.length === 1) return [...args, "--help"];
  const flags = spec?.groups.flatMap((group) => group.flags) ?? [];
  const end = args.indexOf("--");
  return args.flatMap((arg, index) => {
    const equals = arg.indexOf("=");
    if (equals === -1 || (end !== -1 && index > end)) return [arg];
    const name = arg.slice(0, equals);
    const value = arg.slice(equals + 1);
    const flag = flags.find((item) =>
      name === `--${item.name}` || name === `-${item.short}`
    );
    if (flag === undefined) return [arg];
    if (flag.value !== undefined) return [name, value];
    if (value === "true") return [name];
    return value === "false" ? [] : [arg];
  });
}
