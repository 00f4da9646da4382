import type { Choice, CommandPoint } from "./grammar.ts";

/** @returns a script for fish */
export function fish(places: readonly CommandPoint[], commands: readonly string[]): string {
  const values = places
    .map(({ key, choices }) => {
      const words = choices.filter(({ takesValue }) => takesValue).map(({ word }) => word);
      return `        case ${quoted(key)}\n            contains -- $argv[2] ${words.map(quoted).join(" ")}\n`;
    })
    .join("");
  const commandsAfter = places
    .filter(({ command }) => command !== undefined)
    .map(({ key, command }) => `        case ${quoted(key)}\n            echo ${quoted(command ?? "")}\n`)
    .join("");
  const known = places.map(({ key }) => quoted(key)).join(" ");
  const withFiles = places
    .filter(({ files }) => files)
    .map(({ key }) => quoted(key))
    .join(" ");
  return `# Completion of dvm for fish: dvm completion fish | source
function __dvm_takes_value
    switch $argv[1]
${values}        case '*'
            return 1
    end
end
function __dvm_command
    switch $argv[1]
${commandsAfter}        case '*'
            return 1
    end
end
function __dvm_key
    set -l known ${known}
    set -l words (commandline -opc)
    set -l key (string replace -r '^dvm_' '' (string replace -r '.*/' '' $words[1]))
    set -l skip 0
    for word in $words[2..-1]
        set -l next (string trim "$key $word")
        if test $skip = 1
            set skip 0
        else if test "$word" = -- && __dvm_command $key >/dev/null
            set key (__dvm_command $key)
        else if string match -q -- '-*' $word
            __dvm_takes_value $key $word && set skip 1
        else if contains -- $next $known
            set key $next
        else if test "$key" = dvm && contains -- $word $known
            set key $word
        end
    end
    test $skip = 1 && echo value || echo "at $key"
end
function __dvm_at
    test (__dvm_key) = "at $argv[1]" || return
    for word in (commandline -opc)
        contains -- (string replace -r '=.*' '' -- $word) $argv[2..-1] && return 1
    end
    return 0
end
function __dvm_behind
    contains -- -- (commandline -opc) && __dvm_at $argv
end
function __dvm_files
    set -l key (__dvm_key)
    test "$key" = value || contains -- (string replace -r '^at ' '' $key) ${withFiles}
end
${commands.flatMap((command) => rulesFor(command, places)).join("\n")}
`;
}

/** What is offered behind one command, or symlink, and where. */
function rulesFor(command: string, places: readonly CommandPoint[]): string[] {
  const reached = places.filter(({ key }) =>
    command === "dvm" ? true : key !== "" && isReached(key, command, places),
  );
  const rules = reached.flatMap(({ key, choices }) =>
    choices.flatMap((choice) => {
      const at = [key, ...choice.notBehind].map(quoted).join(" ");
      const offered = `complete -c ${command} -n "__dvm_at ${at}" ${rule(choice)}`;
      // fish itself takes nothing behind -- for an option.
      const isOption = choice.word.startsWith("--") && !key.startsWith("dvm");
      const behind = `complete -c ${command} -n "__dvm_behind ${at}" -a ${quoted(choice.word)}`;
      return isOption ? [offered, behind] : [offered];
    }),
  );
  return [`complete -c ${command} -f -n "not __dvm_files"`, ...rules];
}

/** A symlink reaches its own applet's places, and where it takes a command those of the others. */
function isReached(key: string, command: string, places: readonly CommandPoint[]): boolean {
  const applet = command.replace(/^dvm_/, "");
  const [first] = key.split(" ");
  const takesCommand = places.some(
    (place) => place.key.split(" ")[0] === applet && place.command !== undefined,
  );
  return first === applet || (takesCommand && first !== "dvm");
}

function rule({ word, summary, takesValue }: Choice): string {
  const description = `-d ${quoted(summary)}`;
  if (word.startsWith("--") && word.length > 2)
    return `-l ${word.slice(2)}${takesValue ? " -r" : ""} ${description}`;
  if (word.startsWith("-") && word !== "--")
    return `-s ${word.slice(1)}${takesValue ? " -r" : ""} ${description}`;
  return `-a ${quoted(word)} ${description}`;
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
