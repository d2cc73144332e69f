import type { CommandSpec } from "../command_spec.ts";
import { completionScript, SHELLS } from "../completion_script.ts";
import { ExitCode } from "../exit_code.ts";
import { UsageError } from "../usage_error.ts";

/** `k8scr completion`. */
export const completionCommand: CommandSpec = {
  name: "completion",
  summary: "Print a script that lets a shell complete commands and names",
  description:
    "Print a script that lets a shell complete commands, flags and the names in\n" +
    "the kubeconfig. For kubectl's own completion of the plugin, make the\n" +
    "program known as kubectl_complete-k8scr too (a link to it on the PATH).",
  args: [{
    name: "SHELL",
    description: "bash, zsh or fish",
    choices: SHELLS,
  }],
  groups: [],
  examples: [
    { what: "In ~/.bashrc", line: "source <(k8scr completion bash)" },
    {
      what: "In ~/.zshrc, after compinit",
      line: "source <(k8scr completion zsh)",
    },
    {
      what: "In ~/.config/fish/config.fish",
      line: "k8scr completion fish | source",
    },
    {
      what: "For kubectl k8scr",
      line:
        "ln -s $(command -v kubectl-k8scr) /usr/local/bin/kubectl_complete-k8scr",
    },
  ],
  async run({ args }, io) {
    const [word = ""] = args;
    const shell = SHELLS.find((item) => item === word);
    if (shell === undefined) {
      throw new UsageError(
        `Cannot complete in the shell "${word}": it must be ${
          SHELLS.slice(0, -1).join(", ")
        } or ${SHELLS.at(-1)}`,
      );
    }
    await io.stdout.write(completionScript(shell));
    return ExitCode.OK;
  },
};
