import {
  type CommandCall,
  type CommandEntry,
  type CommandSpec,
  isCommandGroup,
} from "./command_spec.ts";
import { Flags } from "./flags.ts";

/** A command and how it was called. */
export interface BareCall {
  /** The command. */
  readonly spec: CommandSpec;
  /** No words, and flags that have their defaults. */
  readonly call: CommandCall;
}

/**
 * Reads a command line that is nothing but a command's name. It needs no
 * parser, which takes longer to load than `k8scr version` takes to run.
 *
 * @returns `undefined` for every other command line
 */
export function bareCall(
  args: readonly string[],
  commands: readonly CommandEntry[],
): BareCall | undefined {
  const [name, ...rest] = args;
  const spec = commands.find((entry) => entry.name === name);
  if (spec === undefined || isCommandGroup(spec)) return undefined;
  if (rest.length > 0 || spec.args.some(({ optional }) => !optional)) {
    return undefined;
  }
  const flags = spec.groups.flatMap((group) => group.flags);
  const defaults = flags.map((flag) => [flag.name, flag.default] as const);
  return { spec, call: { args: [], flags: new Flags(new Map(defaults)) } };
}
