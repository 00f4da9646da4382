import { type CommandPoint, exclusionsOf } from "./grammar.ts";

/** @returns a script for bash; it needs nothing of bash-completion */
export function bash(places: readonly CommandPoint[], commands: readonly string[]): string {
  const choices = (wanted: "all" | "values") =>
    places.map(({ key, choices: all }) => {
      const words = all.filter(({ takesValue }) => wanted === "all" || takesValue).map(({ word }) => word);
      return said(key, words.join(" "));
    });
  const commandsAfter = places.flatMap(({ key, command }) =>
    command === undefined ? [] : said(key, command),
  );
  const excluded = exclusionsOf(places).map(({ at, words }) => said(at, words.join(" ")));
  const withFiles = places
    .filter(({ files }) => files)
    .map(({ key }) => `"${key}"`)
    .join("|");
  return `# Completion of dvm for bash: source <(dvm completion bash)
_dvm_choices() {
  case "$1" in
${choices("all").join("")}  esac
}
_dvm_values() {
  case "$1" in
${choices("values").join("")}  esac
}
_dvm_command() {
  case "$1" in
${commandsAfter.join("")}    *) return 1 ;;
  esac
}
_dvm_excluded() {
  case "$1" in
${excluded.join("")}  esac
}
_dvm() {
  local gone=" "
  local current="\${COMP_WORDS[COMP_CWORD]}" key="\${COMP_WORDS[0]##*/}" word after i
  key="\${key#dvm_}"
  for ((i = 1; i < COMP_CWORD; i++)); do
    word="\${COMP_WORDS[i]}"
    if [[ "$word" == -- ]] && after="$(_dvm_command "$key")"; then
      key="$after"
    elif [[ "$word" == -* ]]; then
      gone+="$(_dvm_excluded "$key \${word%%=*}") "
      if [[ " $(_dvm_values "$key") " == *" $word "* ]]; then ((i++)); fi
    elif [[ -n "$(_dvm_choices "\${key:+$key }$word")" ]]; then
      key="\${key:+$key }$word"
    elif [[ "$key" == dvm && -n "$(_dvm_choices "$word")" ]]; then
      key="$word"
    fi
  done
  COMPREPLY=()
  if ((i > COMP_CWORD)); then
    compopt -o default 2>/dev/null
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "$(_dvm_choices "$key")" -- "$current")
  for i in "\${!COMPREPLY[@]}"; do
    if [[ "$gone" == *" \${COMPREPLY[i]} "* ]]; then unset "COMPREPLY[i]"; fi
  done
  if [[ "$current" != -* ]]; then
    case "$key" in
      ${withFiles}) compopt -o default 2>/dev/null; COMPREPLY=() ;;
    esac
  fi
}
complete -F _dvm ${commands.join(" ")}
`;
}

/** One case of a shell's switch. */
const said = (pattern: string, words: string): string => `    "${pattern}") echo "${words}" ;;\n`;
