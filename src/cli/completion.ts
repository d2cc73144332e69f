import {
  type ArgumentSpec,
  type CommandEntry,
  type CommandSpec,
  isCommandGroup,
} from "./command_spec.ts";
import type { CompletionKind, FlagSpec } from "./flag_spec.ts";
import type { Io } from "./io.ts";

/**
 * What a shell does with the candidates, as bits of Cobra's protocol.
 *
 * @see https://github.com/spf13/cobra/blob/v1.10.1/completions.go
 */
export const CompletionDirective = {
  /** Offer files when there is no candidate. */
  DEFAULT: 0,
  /** Write no space behind the word. */
  NO_SPACE: 2,
  /** Offer no files. */
  NO_FILES: 4,
} as const;

/** A word that a shell can offer. */
export interface Candidate {
  /** The word. */
  readonly value: string;
  /** What it is. */
  readonly description?: string;
}

/** The answer to a shell. */
export interface Completion {
  /** The words. */
  readonly candidates: readonly Candidate[];
  /** Bits of {@linkcode CompletionDirective}. */
  readonly directive: number;
}

/** Options for {@linkcode completeWords}. */
export interface CompletionOptions {
  /** All commands. */
  readonly commands: readonly CommandEntry[];
  /** For the kubeconfig, which is read for names. */
  readonly io: Io;
}

/** The words before a file by which `push` is told what it is. */
const SOURCE_WORDS: readonly Candidate[] = [
  { value: "docker-archive:", description: "file of docker save" },
  { value: "oci-archive:", description: "OCI layout in a tar file" },
  { value: "oci:", description: "OCI layout folder" },
];

/**
 * Finds what the last word can be.
 *
 * `@bomb.sh/tab` would do the same with its own protocol, which kubectl does not
 * speak, and only with names that are known without waiting for a file.
 *
 * @param words the words of the command line, the last one partial or empty
 */
export async function completeWords(
  words: readonly string[],
  options: CompletionOptions,
): Promise<Completion> {
  const partial = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const asksForHelp = before[0] === "help";
  const [name, ...done] = asksForHelp ? before.slice(1) : before;
  const { commands, io } = options;
  if (name === undefined) return completeCommand(partial, [...commands, HELP]);
  const entry = commands.find((command) => command.name === name);
  if (entry === undefined) return filter([], "");
  if (!isCommandGroup(entry)) {
    if (asksForHelp) return filter([], "");
    return await completeCall(entry, { done, partial, io });
  }
  const [below, ...rest] = done;
  if (below === undefined) return completeCommand(partial, entry.subcommands);
  const spec = entry.subcommands.find((command) => command.name === below);
  if (spec === undefined || asksForHelp) return filter([], "");
  return await completeCall(spec, { done: rest, partial, io });
}

/** Writes an answer as Cobra's programs do. */
export function formatCompletion(
  { candidates, directive }: Completion,
  { bare = false }: { readonly bare?: boolean } = {},
): string {
  const lines = candidates.map(({ value, description }) =>
    bare || description === undefined ? value : `${value}\t${description}`
  );
  return [...lines, `:${directive}`, ""].join("\n");
}

/** What the parser adds to the commands. */
const HELP = { name: "help", summary: "Show help of a command" };

function completeCommand(
  partial: string,
  commands: readonly { readonly name: string; readonly summary: string }[],
): Completion {
  const names = commands.map(({ name, summary }) => ({
    value: name,
    description: summary,
  }));
  return filter(names, partial);
}

interface PartialCall {
  readonly done: readonly string[];
  readonly partial: string;
  readonly io: Io;
}

async function completeCall(
  spec: CommandSpec,
  { done, partial, io }: PartialCall,
): Promise<Completion> {
  const flags = spec.groups.flatMap((group) => group.flags);
  const read = readWords(done, flags);
  const complete = (what: FlagSpec | ArgumentSpec, text: string) =>
    completeValue(what, text, { given: read.given, io });
  if (read.pending !== undefined) return await complete(read.pending, partial);
  if (!read.ended && partial.startsWith("-")) {
    const equals = partial.indexOf("=");
    if (equals === -1) return completeFlag(partial, flags, read.given);
    const flag = findFlag(partial.slice(0, equals), flags);
    if (flag?.value === undefined) return filter([], "");
    return await complete(flag, partial.slice(equals + 1));
  }
  const last = spec.args.at(-1);
  const argument = spec.args[read.operands] ??
    (last?.variadic ? last : undefined);
  if (argument === undefined) return filter([], "");
  return await complete(argument, partial);
}

interface ReadWords {
  /** The values of the flags so far. */
  readonly given: ReadonlyMap<string, string>;
  /** The flag whose value is the next word. */
  readonly pending?: FlagSpec;
  /** Whether `--` has ended the flags. */
  readonly ended: boolean;
  /** Number of words that are no flags. */
  readonly operands: number;
}

function readWords(
  words: readonly string[],
  flags: readonly FlagSpec[],
): ReadWords {
  const given = new Map<string, string>();
  let pending: FlagSpec | undefined;
  let operands = 0;
  for (const [index, word] of words.entries()) {
    if (pending !== undefined) {
      given.set(pending.name, word);
      pending = undefined;
      continue;
    }
    if (word === "--") {
      const rest = words.length - index - 1;
      return { given, ended: true, operands: operands + rest };
    }
    if (!word.startsWith("-") || word === "-") {
      operands++;
      continue;
    }
    const [name = "", ...value] = word.split("=");
    const flag = findFlag(name, flags);
    if (flag === undefined) continue;
    given.set(flag.name, value.join("="));
    if (flag.value !== undefined && value.length === 0) pending = flag;
  }
  return { given, ended: false, operands, ...pending && { pending } };
}

function findFlag(
  word: string,
  flags: readonly FlagSpec[],
): FlagSpec | undefined {
  return flags.find(({ name, short }) =>
    word === `--${name}` || word === `-${short}`
  );
}

function completeFlag(
  partial: string,
  flags: readonly FlagSpec[],
  given: ReadonlyMap<string, string>,
): Completion {
  const open = flags.filter(({ name, repeatable }) =>
    repeatable || !given.has(name)
  );
  const candidates = open.map(({ name, description }) => ({
    value: `--${name}`,
    description,
  }));
  const help = { value: "--help", description: "show this help" };
  return filter([...candidates, help], partial);
}

async function completeValue(
  { choices, completion }: FlagSpec | ArgumentSpec,
  partial: string,
  context: { given: ReadonlyMap<string, string>; io: Io },
): Promise<Completion> {
  if (choices !== undefined) {
    return filter(choices.map((value) => ({ value })), partial);
  }
  if (completion === "files") {
    return { candidates: [], directive: CompletionDirective.DEFAULT };
  }
  if (completion === "sources") return completeSource(partial);
  if (completion === undefined) return filter([], "");
  return filter(await namesOf(completion, context), partial);
}

async function namesOf(
  kind: Exclude<CompletionKind, "files" | "sources">,
  { given, io }: { given: ReadonlyMap<string, string>; io: Io },
): Promise<readonly Candidate[]> {
  // Most words are completed without the YAML parser.
  const { completeKubeconfig } = await import("./complete_kubeconfig.ts");
  const kubeconfig = given.get("kubeconfig");
  const names = await completeKubeconfig(
    kind,
    kubeconfig === undefined ? {} : { kubeconfig },
    io.kubeHost({ stdinTaken: true }),
  );
  return names.map((value) => ({ value }));
}

/** Files are the shell's matter, unless a word of ours has been begun. */
function completeSource(partial: string): Completion {
  const candidates = partial === ""
    ? []
    : SOURCE_WORDS.filter(({ value }) => value.startsWith(partial));
  const directive = candidates.length === 0
    ? CompletionDirective.DEFAULT
    : CompletionDirective.NO_SPACE;
  return { candidates, directive };
}

function filter(
  candidates: readonly Candidate[],
  partial: string,
): Completion {
  return {
    candidates: candidates.filter(({ value }) => value.startsWith(partial)),
    directive: CompletionDirective.NO_FILES,
  };
}
