/** The first argument when a completion script calls this program. The arguments up to the cursor follow it. */
export const COMPLETION_REQUEST = "--get-yargs-completions";

export const SHELLS = ["bash", "zsh", "fish"] as const;

/** The completion script of each shell. It completes file names if this program returns no completions. */
export const COMPLETION_SCRIPTS: Readonly<Record<(typeof SHELLS)[number], string>> = {
  bash: `# bash completion for front-contacts. Add to ~/.bashrc: source <(front-contacts completion bash)
_front_contacts() {
  local IFS=$'\\n'
  COMPREPLY=($(front-contacts ${COMPLETION_REQUEST} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o bashdefault -o default -F _front_contacts front-contacts
`,
  zsh: `#compdef front-contacts
# zsh completion for front-contacts. Add to ~/.zshrc, after compinit: source <(front-contacts completion zsh)
_front_contacts() {
  local -a found
  found=(\${(f)"$(front-contacts ${COMPLETION_REQUEST} "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( \${#found} )); then
    compadd -- "\${found[@]}"
  else
    _files
  fi
}
compdef _front_contacts front-contacts
`,
  fish: `# fish completion for front-contacts. Add to ~/.config/fish/config.fish: front-contacts completion fish | source
function __front_contacts
  set -l line (commandline -opc)
  set -l current (commandline -ct)
  set -l found (front-contacts ${COMPLETION_REQUEST} $line[2..-1] "$current" 2>/dev/null)
  if set -q found[1]
    printf '%s\\n' $found
  else
    __fish_complete_path "$current"
  end
end
complete -c front-contacts -f -a '(__front_contacts)'
`,
};
