/** Shells that completion is written for. */
export type Shell = "bash" | "zsh" | "fish";

/** All shells. */
export const SHELLS: readonly Shell[] = ["bash", "zsh", "fish"];

/**
 * Returns the script that makes a shell complete the words of `k8scr`. It asks
 * the program, in Cobra's protocol, and evaluates nothing of what it answers.
 */
export function completionScript(shell: Shell): string {
  switch (shell) {
    case "bash":
      return BASH;
    case "zsh":
      return ZSH;
    case "fish":
      return FISH;
  }
}

// Bash splits words at the colon and the equals sign, which are part of context
// names and flags: the words are put together again, and the part of a candidate
// before the last such character is left out of the answer. Works from 3.2 on
// and without the package bash-completion.
const BASH = `# bash completion for k8scr
# Add to ~/.bashrc:  source <(k8scr completion bash)

__k8scr_complete() {
    local rest=\${COMP_LINE:0:COMP_POINT} word gap i count=0
    local -a words=()
    for ((i = 0; i <= COMP_CWORD; i++)); do
        gap=\${rest%%[![:blank:]]*}
        rest=\${rest#"$gap"}
        word=\${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || word=$rest
        rest=\${rest#"$word"}
        if ((i == 0)) || [[ -n $gap ]]; then
            words[count++]=$word
        else
            words[count - 1]+=$word
        fi
    done

    local line directive=0
    local -a candidates=()
    while IFS= read -r line; do
        if [[ $line == :* ]]; then
            directive=\${line#:}
        else
            candidates+=("$line")
        fi
    done < <(k8scr __completeNoDesc "\${words[@]:1}" 2>/dev/null)

    local current=\${words[count - 1]} kept=''
    if [[ $current == -*=* ]]; then
        [[ $COMP_WORDBREAKS == *=* ]] || kept=\${current%%=*}=
        current=\${current#*=}
    fi
    local before=''
    if [[ $COMP_WORDBREAKS == *:* && $current == *:* ]]; then
        before=\${current%:*}:
    fi
    COMPREPLY=()
    for line in "\${candidates[@]}"; do
        printf -v line '%q' "\${line#"$before"}"
        COMPREPLY+=("$kept$line")
    done
    type compopt >/dev/null 2>&1 || return 0
    ((directive & 2)) && compopt -o nospace
    ((directive & 4)) && compopt +o default
    return 0
}

complete -o default -F __k8scr_complete k8scr
`;

const ZSH = `#compdef k8scr
# zsh completion for k8scr
# Add to ~/.zshrc, after compinit:  source <(k8scr completion zsh)

_k8scr() {
    local line value directive
    local -a lines values displays options
    lines=("\${(@f)$(k8scr __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)}")
    directive=\${lines[-1]#:}
    lines[-1]=()
    for line in "\${lines[@]}"; do
        value=\${line%%$'\\t'*}
        values+=("$value")
        if [[ $line == *$'\\t'* ]]; then
            displays+=("$value  -- \${line#*$'\\t'}")
        else
            displays+=("$value")
        fi
    done
    compset -P '-*='
    if (( $#values == 0 )); then
        (( directive & 4 )) || _files
        return
    fi
    (( directive & 2 )) && options+=(-S '')
    compadd -l -d displays "\${options[@]}" -- "\${values[@]}"
}

compdef _k8scr k8scr
if [[ \${funcstack[1]} == _k8scr ]]; then _k8scr "$@"; fi
`;

const FISH = `# fish completion for k8scr
# Add to ~/.config/fish/config.fish:  k8scr completion fish | source

function __k8scr_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l lines (k8scr __complete $words[2..-1] "$current" 2>/dev/null)
    set -l directive (string sub -s 2 -- $lines[-1])
    set -e lines[-1]
    set -l prefix (string match -r -- '^-[^=]*=' $current)
    if test (count $lines) -gt 0
        for line in $lines
            printf '%s%s\\n' "$prefix" $line
        end
    else if test (math "floor($directive / 4) % 2") -eq 0
        __fish_complete_path (string replace -- "$prefix" '' $current)
    end
end

complete -c k8scr -f -a '(__k8scr_complete)'
`;
