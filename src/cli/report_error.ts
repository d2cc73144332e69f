import { ArchiveError } from "../archive/archive_error.ts";
import { RegistryWishError } from "../cluster/registry_wish_error.ts";
import { ContentMismatchError } from "../content/content_mismatch_error.ts";
import { CopyError } from "../content/copy_error.ts";
import { PlatformNotFoundError } from "../content/copy_plan.ts";
import { IncompleteImageError } from "../content/incomplete_image_error.ts";
import { NamingError } from "../content/naming_error.ts";
import {
  EngineConnectionError,
  EngineError,
  EngineSettingsError,
} from "../engine/engine_error.ts";
import { ConnectionError } from "../http/connection_error.ts";
import { ExecCredentialError } from "../kube/exec_credential_error.ts";
import { LocationError } from "../kube/location_error.ts";
import { KubeconfigError } from "../kube/kubeconfig_error.ts";
import { PodSelectionError } from "../kube/pod_selection_error.ts";
import { RegistryFlagSyntaxError } from "../kube/registry_flag.ts";
import { KubernetesError } from "../kube/status_error.ts";
import { LayoutError } from "../layout/layout_error.ts";
import { DigestSyntaxError } from "../oci/digest.ts";
import { DocumentSyntaxError } from "../oci/json_document.ts";
import { PlatformSyntaxError } from "../oci/platform.ts";
import { ReferenceSyntaxError } from "../oci/reference.ts";
import { visibleLines } from "../oci/visible_text.ts";
import { RegistryConnectionError } from "../registry/registry_connection_error.ts";
import { RegistryError } from "../registry/registry_error.ts";
import { ExitCode } from "./exit_code.ts";
import { UsageError } from "./usage_error.ts";

/** An error as the user sees it. */
export interface ErrorReport {
  /** What to print, with a newline at the end. */
  readonly text: string;
  /** What the program ends with. */
  readonly exitCode: ExitCode;
}

/** What there is to say of an error. */
export interface ErrorExplanation {
  /** Where the failure is, as the head of the message. */
  readonly hop: Hop;
  /** What could not be done, and why, in one line. */
  readonly problem: string;
  /** The next step, line by line; none where there is nothing to be done. */
  readonly advice: readonly string[];
  /** The causes, line by line, for those who ask. */
  readonly details: readonly string[];
  /** What the program ends with. */
  readonly exitCode: ExitCode;
}

/** Options for {@linkcode describeError}. */
export interface ErrorReportOptions {
  /** Whether the user has interrupted the program. */
  readonly interrupted?: boolean;
  /** Whether the user wants to see more than the message. */
  readonly verbose?: boolean;
}

/** Where a failure is, as the head of the message says it. */
export type Hop =
  | "error"
  | "error in the input"
  | "error in the kubeconfig"
  | "error of the credential plugin"
  | "error on the way to the engine"
  | "error from the engine"
  | "error on the way to the API server"
  | "error from the API server"
  | "error on the way to the Pod"
  | "error on the way to the registry"
  | "error from the registry";

interface Verdict {
  readonly hop: Hop;
  readonly exitCode: ExitCode;
}

/** Errors whose class alone tells what they are. */
const INPUT_ERRORS = [
  ArchiveError,
  // A registry answers with a RegistryError: bytes that are not what they
  // should be come out of the source.
  ContentMismatchError,
  DocumentSyntaxError,
  IncompleteImageError,
  LayoutError,
  NamingError,
  PlatformNotFoundError,
] as const;

const USAGE_ERRORS = [
  DigestSyntaxError,
  EngineSettingsError,
  PlatformSyntaxError,
  ReferenceSyntaxError,
  RegistryFlagSyntaxError,
  RegistryWishError,
  UsageError,
] as const;

/** Turns whatever was thrown into a message and an exit code. */
export function describeError(
  error: unknown,
  options: ErrorReportOptions = {},
): ErrorReport {
  if (options.interrupted || isAbort(error)) {
    return { text: "Interrupted\n", exitCode: ExitCode.INTERRUPTED };
  }
  const { hop, problem, advice, details, exitCode } = explainError(error);
  const lines = [
    `${hop}: ${problem}`,
    ...advice,
    ...options.verbose ? details : [],
  ];
  return { text: `${visibleLines(lines.join("\n"))}\n`, exitCode };
}

/** Finds out what there is to say of whatever was thrown. */
export function explainError(error: unknown): ErrorExplanation {
  const chain = causesOf(error);
  const known = chain.findIndex((link) => verdictOn(link) !== undefined);
  const verdict = verdictOn(chain[known]) ??
    { hop: "error", exitCode: ExitCode.FAILED };
  const last = known === -1
    ? chain.findIndex((link) => !(link instanceof CopyError))
    : known;
  const shown = chain.slice(0, last + 1);
  const { problem, hints } = joinMessages(shown);
  return {
    ...verdict,
    problem,
    advice: [...hints, ...shown.flatMap(recommendationOf)],
    details: detailsOf(chain, known === -1),
  };
}

function verdictOn(error: unknown): Verdict | undefined {
  if (USAGE_ERRORS.some((kind) => error instanceof kind)) {
    return { hop: "error", exitCode: ExitCode.USAGE };
  }
  if (INPUT_ERRORS.some((kind) => error instanceof kind)) {
    return { hop: "error in the input", exitCode: ExitCode.USAGE };
  }
  if (error instanceof KubeconfigError) {
    return { hop: "error in the kubeconfig", exitCode: ExitCode.USAGE };
  }
  if (error instanceof ExecCredentialError) {
    return {
      hop: "error of the credential plugin",
      exitCode: ExitCode.UNREACHABLE,
    };
  }
  if (error instanceof RegistryConnectionError) {
    return {
      hop: "error on the way to the registry",
      exitCode: ExitCode.UNREACHABLE,
    };
  }
  if (error instanceof ConnectionError) {
    return {
      hop: "error on the way to the API server",
      exitCode: ExitCode.UNREACHABLE,
    };
  }
  if (error instanceof PodSelectionError) {
    return {
      hop: "error on the way to the Pod",
      exitCode: ExitCode.UNREACHABLE,
    };
  }
  if (error instanceof KubernetesError) return verdictOnKubernetes(error);
  if (error instanceof RegistryError || error instanceof LocationError) {
    return { hop: "error from the registry", exitCode: ExitCode.FAILED };
  }
  return verdictOnEngine(error);
}

function verdictOnEngine(error: unknown): Verdict | undefined {
  if (error instanceof EngineConnectionError) {
    return {
      hop: "error on the way to the engine",
      exitCode: ExitCode.UNREACHABLE,
    };
  }
  if (!(error instanceof EngineError)) return undefined;
  // An engine that has no such image was asked for the wrong one.
  const exitCode = error.status === 404 ? ExitCode.USAGE : ExitCode.FAILED;
  return { hop: "error from the engine", exitCode };
}

function verdictOnKubernetes({ hop, status }: KubernetesError): Verdict {
  if (hop === "pod") {
    return {
      hop: "error on the way to the Pod",
      exitCode: ExitCode.UNREACHABLE,
    };
  }
  const isDenial = status === 401 || status === 403;
  const isUnreachable = status === 404 || status === 408 || status === 429 ||
    status >= 500;
  return {
    hop: "error from the API server",
    exitCode: isDenial
      ? ExitCode.FORBIDDEN
      : isUnreachable
      ? ExitCode.UNREACHABLE
      : ExitCode.FAILED,
  };
}

/** The error, its cause, the cause's cause. */
function causesOf(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let link = error; link !== undefined && !chain.includes(link);) {
    chain.push(link);
    link = link instanceof Error ? link.cause : undefined;
  }
  return chain;
}

/** What failed before why; hints that stand on lines of their own come last. */
function joinMessages(
  errors: readonly unknown[],
): { readonly problem: string; readonly hints: readonly string[] } {
  const parts: string[] = [];
  const hints: string[] = [];
  for (const error of errors) {
    const [first = "", ...more] = messageOf(error).split("\n");
    if (!parts.some((part) => part.includes(first))) parts.push(first);
    hints.push(...more);
  }
  return { problem: parts.join(": "), hints };
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.message === "" ? error.name : error.message;
}

function recommendationOf(error: unknown): readonly string[] {
  if (!(error instanceof Error) || !("recommendation" in error)) return [];
  const { recommendation } = error;
  return typeof recommendation === "string" ? [recommendation] : [];
}

function detailsOf(
  chain: readonly unknown[],
  isUnknown: boolean,
): readonly string[] {
  const [first, ...causes] = chain;
  const stack = isUnknown && first instanceof Error && first.stack
    ? [first.stack]
    : [];
  return [
    ...stack,
    ...causes.map((cause) => `  caused by: ${messageOf(cause)}`),
  ];
}

function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
