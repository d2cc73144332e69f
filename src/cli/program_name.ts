/** How the program was called. */
export interface Invocation {
  /** What a user types before the command, for help and examples. */
  readonly usage: string;
  /** Whether kubectl asks for completions rather than for a command. */
  readonly completes: boolean;
}

/** The plugin's file name, which makes it `kubectl k8scr`. */
const PLUGIN = "kubectl-k8scr";
/**
 * The file that kubectl runs to complete the plugin's words.
 *
 * @see https://kubernetes.io/docs/tasks/extend-kubectl/kubectl-plugins/
 */
const PLUGIN_COMPLETION = "kubectl_complete-k8scr";

/** Takes the name of the program out of the path by which it was called. */
export function programNameOf(argv0: string): string {
  const file = argv0.split(/[\\/]/).at(-1) ?? "";
  return file.replace(/\.exe$/i, "");
}

/** Tells from the program's name in which role it was called. */
export function invocationOf(programName: string): Invocation {
  const completes = programName === PLUGIN_COMPLETION;
  const isPlugin = completes || programName === PLUGIN;
  return { usage: isPlugin ? "kubectl k8scr" : "k8scr", completes };
}
