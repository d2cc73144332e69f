import type { FlagGroup } from "./flag_spec.ts";
import type { CompletionKind } from "./flag_spec.ts";
import type { Flags } from "./flags.ts";
import type { Io } from "./io.ts";

/** A word of a command that is not a flag. */
export interface ArgumentSpec {
  /** What help calls it. */
  readonly name: string;
  /** What it is, for help. */
  readonly description: string;
  /** Whether the command works without it; default no. */
  readonly optional?: boolean;
  /** Whether there can be several; default no. */
  readonly variadic?: boolean;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** What a shell can offer for it. */
  readonly completion?: CompletionKind;
}

/** A command line that a user can copy. */
export interface ExampleSpec {
  /** What it does. */
  readonly what: string;
  /** The line; `{}` stands for the program as it was called. */
  readonly line: string;
}

/** What a command was called with. */
export interface CommandCall {
  /** The words that are not flags. */
  readonly args: readonly string[];
  /** The flags. */
  readonly flags: Flags;
}

/**
 * A command: what it is called, and what it does. A file in `commands/` exports
 * one, and `commands.ts` lists it; that is all it takes to add one.
 */
export interface CommandSpec {
  /** Its name. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More for its own help. */
  readonly description?: string;
  /** Its words. */
  readonly args: readonly ArgumentSpec[];
  /** Its flags. */
  readonly groups: readonly FlagGroup[];
  /** Lines to copy. */
  readonly examples: readonly ExampleSpec[];
  /**
   * Does it and returns the exit code. Whatever is expensive to load is imported
   * in here, so that the other commands start without it.
   */
  run(call: CommandCall, io: Io): Promise<number>;
}

/** Commands under one word: `k8scr registry up`, `k8scr registry down`. */
export interface CommandGroup {
  /** The word. */
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** More for its own help. */
  readonly description?: string;
  /** The commands under it. */
  readonly subcommands: readonly CommandSpec[];
}

/** What can be the first word of a command line. */
export type CommandEntry = CommandSpec | CommandGroup;

/** Tells commands under one word from a command. */
export function isCommandGroup(entry: CommandEntry): entry is CommandGroup {
  return "subcommands" in entry;
}
