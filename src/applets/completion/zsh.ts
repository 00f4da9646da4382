import { type CommandPoint, exclusionsOf } from "./grammar.ts";

/** @returns a script for zsh, to be sourced or to lie in $fpath as _dvm */
export function zsh(places: readonly CommandPoint[], commands: readonly string[]): string {
  const described = places
    .map(({ key, choices }) => {
      const words = choices.map(({ word, summary }) => quoted(`${word.replaceAll(":", "\\:")}:${summary}`));
      return `    ${quoted(key)}) choices=(${words.join(" ")}) ;;\n`;
    })
    .join("");
  const values = places
    .map(({ key, choices }) => {
      const words = choices.filter(({ takesValue }) => takesValue).map(({ word }) => word);
      return `    ${quoted(key)}) values=(${words.join(" ")}) ;;\n`;
    })
    .join("");
  const commandsAfter = places
    .filter(({ command }) => command !== undefined)
    .map(({ key, command }) => `      ${quoted(key)}) key=${quoted(command ?? "")} ;;\n`)
    .join("");
  const known = places.map(({ key }) => quoted(key)).join(" ");
  const excluded = exclusionsOf(places)
    .map(({ at, words }) => `        ${quoted(at)}) gone+=(${words.map(quoted).join(" ")}) ;;\n`)
    .join("");
  const withFiles = places
    .filter(({ files }) => files)
    .map(({ key }) => quoted(key))
    .join(" ");
  return `#compdef ${commands.join(" ")}
# Completion of dvm for zsh: source <(dvm completion zsh)
_dvm_values() {
  values=()
  case $1 in
${values}  esac
}
_dvm() {
  local key=\${\${words[1]:t}#dvm_} word i
  local -a choices values known with_files gone
  known=(${known})
  with_files=(${withFiles})
  for ((i = 2; i < CURRENT; i++)); do
    word=$words[i]
    _dvm_values "$key"
    if [[ $word == -- ]]; then
      case $key in
${commandsAfter}      esac
    elif [[ $word == -* ]]; then
      case "$key \${word%%=*}" in
${excluded}      esac
      (( \${values[(Ie)$word]} )) && ((i++))
    elif (( \${known[(Ie)\${key:+$key }$word]} )); then
      key="\${key:+$key }$word"
    elif [[ $key == dvm ]] && (( \${known[(Ie)$word]} )); then
      key=$word
    fi
  done
  if ((i > CURRENT)); then
    _files
    return
  fi
  case $key in
${described}  esac
  for word in $gone; do choices=(\${choices:#$word:*}); done
  [[ $words[CURRENT] != -* ]] && (( \${with_files[(Ie)$key]} )) && { _files; return }
  _describe -o command choices
}
if [[ $funcstack[1] == _dvm ]]; then
  _dvm "$@"
else
  compdef _dvm ${commands.join(" ")}
fi
`;
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
