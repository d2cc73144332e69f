/** The manual page, made of what `--help` is made of. */
import {
  type CommandEntry,
  type CommandSpec,
  isCommandGroup,
} from "../src/cli/command_spec.ts";
import type { FlagSpec } from "../src/cli/flag_spec.ts";
import { AS_USER, kubectlFlags } from "../src/cli/kubectl_flags.ts";

/** Exit codes, as the README has them. */
const EXIT_CODES: readonly (readonly [string, string])[] = [
  ["0", "Done, and confirmed by the registry."],
  ["1", "Failed: the registry refused, or the copy broke."],
  ["2", "Wrong usage or input: flags, kubeconfig, a damaged archive."],
  ["3", "Not allowed: the API server does not know you, or RBAC refuses."],
  ["4", "Cannot reach: the API server, the Pod or the port."],
  ["130", "Interrupted by a signal."],
];

/** Writes the manual page `k8scr(1)`. */
export function manPage(
  commands: readonly CommandEntry[],
  version: string,
): string {
  const lines = [
    `.TH K8SCR 1 "" "k8scr ${roff(version)}" "User Commands"`,
    ".SH NAME",
    `k8scr ${roff("-")} put container images into a Kubernetes cluster`,
    ".SH SYNOPSIS",
    ".B k8scr",
    "\\fICOMMAND\\fR [\\fIflags\\fR]",
    ".br",
    ".B kubectl k8scr",
    "\\fICOMMAND\\fR [\\fIflags\\fR]",
    ".SH DESCRIPTION",
    text(
      "Puts container images into a Kubernetes cluster with nothing but a " +
        "kubeconfig: through the API server, into a registry that runs in a Pod.",
    ),
    ".SH COMMANDS",
    ...commands.flatMap((entry) =>
      isCommandGroup(entry)
        ? entry.subcommands.flatMap((spec) => section(spec, entry.name))
        : section(entry)
    ),
    ".SH CONNECTION FLAGS",
    text(
      "These have kubectl's names and meaning, in every command that speaks to " +
        `a cluster. Where --as names an image, kubectl's --as is --${AS_USER}.`,
    ),
    ...kubectlFlags.flags.flatMap(flagLines),
    ...ending(),
  ];
  return `${lines.join("\n")}\n`;
}

function ending(): string[] {
  return [
    ".SH EXIT STATUS",
    ...EXIT_CODES.flatMap(([code, meaning]) => item(code, meaning)),
    ".SH ENVIRONMENT",
    ...item("KUBECONFIG", "The kubeconfig files, as kubectl reads them."),
    ...item("TMPDIR", "The folder for temporary files."),
    ".SH SEE ALSO",
    ".BR kubectl (1)",
  ];
}

function section(spec: CommandSpec, group?: string): string[] {
  const words = ["k8scr", group, spec.name].filter((word) => word);
  const args = spec.args.map(({ name, optional, variadic }) => {
    const word = variadic ? `${name}...` : name;
    return optional ? `[${word}]` : word;
  });
  const own = spec.groups.filter(({ heading }) =>
    heading !== kubectlFlags.heading
  );
  return [
    `.SS ${roff([...words, "[flags]", ...args].join(" "))}`,
    ...paragraphs(spec.description ?? `${spec.summary}.`),
    ...spec.args.flatMap(({ name, description }) => item(name, description)),
    ...own.flatMap(({ flags }) => flags.flatMap(flagLines)),
    ...spec.examples.flatMap(({ what, line }) => [
      ".PP",
      text(`${what}:`),
      ".PP",
      ".EX",
      text(`    ${line.replaceAll("{}", "k8scr")}`),
      ".EE",
    ]),
  ];
}

function flagLines(flag: FlagSpec): string[] {
  const { name, short, value, description } = flag;
  const names = [...short === undefined ? [] : [`-${short}`], `--${name}`];
  const words = value === undefined
    ? names.join(", ")
    : `${names.join(", ")} ${value}`;
  const end = flag.default === undefined ? "" : ` (default: ${flag.default})`;
  return item(words, `${description}${end}`);
}

function item(term: string, description: string): string[] {
  return [".TP", `.B ${roff(term)}`, text(description)];
}

/** An empty line of the description begins a paragraph. */
function paragraphs(description: string): string[] {
  return description.split("\n\n").flatMap((paragraph, index) => [
    ...index === 0 ? [] : [".PP"],
    ...paragraph.split("\n").map(text),
  ]);
}

/** A line of text: a dot or a quote at its start would be a request. */
function text(line: string): string {
  return roff(line).replace(/^[.']/, "\\&$&");
}

function roff(words: string): string {
  return words.replaceAll("\\", "\\e").replaceAll("-", "\\-");
}
