import type { FlagSpec } from './command.js'

export type CompletionTree = readonly {
  readonly name: string
  readonly summary: string
  readonly flags: readonly FlagSpec[]
  readonly words: readonly string[]
}[]

const single = (text: string) => `'${text.replaceAll("'", "'\\''")}'`

export function bashCompletion(tree: CompletionTree): string {
  const cases = tree.map(
    ({ name, flags, words }) => `    ${name}) words=${single([...flags.map((flag) => `--${flag.name}`), ...words].join(' '))} ;;`,
  )
  const choices = uniqueChoices(tree).map(
    ([flag, values]) => `    --${flag}) COMPREPLY=($(compgen -W ${single(values.join(' '))} -- "$current")); return ;;`,
  )
  return `# bash completion for mintlock
_mintlock() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" words=''
  case "$previous" in
${choices.join('\n')}
    --key|--cache|--config) COMPREPLY=($(compgen -f -- "$current")); return ;;
  esac
  if [ "$COMP_CWORD" -eq 1 ]; then words=${single(tree.map(({ name }) => name).join(' '))}; else
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -F _mintlock mintlock
`
}

export function zshCompletion(tree: CompletionTree): string {
  const quoted = (text: string) => single(text.replace(/[[\]:]/g, '\\$&'))
  const commands = tree.map(({ name, summary }) => `    ${quoted(name).slice(0, -1)}:${quoted(summary).slice(1)}`)
  const spec = (flag: FlagSpec) => {
    const action =
      flag.placeholder === undefined ? '' : `:${flag.placeholder}:${flag.choices ? `(${flag.choices.join(' ')})` : ''}`
    return single(`--${flag.name}[${flag.about.replace(/[[\]:]/g, '\\$&')}]${action}`)
  }
  const cases = tree.map(
    ({ name, flags, words }) =>
      `    ${name}) _arguments ${flags.map(spec).join(' ')}${words.length === 0 ? '' : ` ${single(`1: :(${words.join(' ')})`)}`} ;;`,
  )
  return `#compdef mintlock
_mintlock() {
  local -a commands
  commands=(
${commands.join('\n')}
  )
  if (( CURRENT == 2 )); then _describe command commands; return; fi
  local command="\${words[2]}"
  shift words; (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
if [ "\${funcstack[1]}" = _mintlock ]; then _mintlock "$@"; else compdef _mintlock mintlock; fi
`
}

export function fishCompletion(tree: CompletionTree): string {
  const lines = tree.flatMap(({ name, summary, flags, words }) => [
    `complete -c mintlock -f -n __fish_use_subcommand -a ${name} -d ${single(summary)}`,
    ...flags.map((flag) => fishFlag(name, flag)),
    ...(words.length === 0
      ? []
      : [`complete -c mintlock -f -n '__fish_seen_subcommand_from ${name}' -a ${single(words.join(' '))}`]),
  ])
  return `# fish completion for mintlock\n${lines.join('\n')}\n`
}

function fishFlag(command: string, { name, short, placeholder, choices, about }: FlagSpec): string {
  const takes = placeholder === undefined ? '' : choices ? ` -x -a ${single(choices.join(' '))}` : ' -r'
  return `complete -c mintlock -n '__fish_seen_subcommand_from ${command}' -l ${name}${short === undefined ? '' : ` -s ${short}`}${takes} -d ${single(about)}`
}

function uniqueChoices(tree: CompletionTree): [string, readonly string[]][] {
  return [
    ...new Map(tree.flatMap(({ flags }) => flags.flatMap((flag) => (flag.choices ? [[flag.name, flag.choices] as const] : [])))),
  ]
}
