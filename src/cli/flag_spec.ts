/** What a shell can offer for a value. */
export type CompletionKind =
  /** Names of the kubeconfig. */
  | "contexts"
  | "clusters"
  | "users"
  | "namespaces"
  /** Files of this host. */
  | "files"
  /** A file, a folder or a word such as `oci-archive:`. */
  | "sources";

/** One flag of a command. */
export interface FlagSpec {
  /** Its name, without the dashes. */
  readonly name: string;
  /** Its one-letter name. */
  readonly short?: string;
  /** What help calls its value; absent for a switch. */
  readonly value?: string;
  /** What it does, for help. */
  readonly description: string;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** The value it has when it is not given, as it would be typed. */
  readonly default?: string;
  /** Whether it can be given several times. */
  readonly repeatable?: boolean;
  /** What a shell can offer for its value. */
  readonly completion?: CompletionKind;
}

/** Flags that belong together and that several commands have. */
export interface FlagGroup {
  /** The heading in help. */
  readonly heading: string;
  /** The flags, in the order of help. */
  readonly flags: readonly FlagSpec[];
}
