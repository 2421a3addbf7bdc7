/** Completion scripts, generated from the table: they use no store, so completing is immediate. */
import { GLOBAL_OPTIONS, type Command, type Options } from './command.ts'

/** Shells that completion is written for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const

const namesOf = (commands: readonly Command[]) =>
  commands.flatMap((command) =>
    [command.name, ...command.aliases].map((name) => ({ name, command })),
  )

const firstWords = (commands: readonly Command[]) => [
  ...new Set(namesOf(commands).map(({ name }) => name.split(' ')[0] ?? '')),
]

const optionsOf = (command: Command): Options => ({ ...command.options, ...GLOBAL_OPTIONS })

function verbsByWord(commands: readonly Command[]): Map<string, string[]> {
  const verbs = new Map<string, string[]>()
  for (const { name } of namesOf(commands)) {
    const [first = '', second] = name.split(' ')
    if (second !== undefined) verbs.set(first, [...(verbs.get(first) ?? []), second])
  }
  return verbs
}

function flagsOf(command: Command): string[] {
  return Object.entries(optionsOf(command)).flatMap(([name, { short }]) =>
    short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`],
  )
}

function bashChoices(command: Command): string[] {
  return Object.entries(optionsOf(command)).flatMap(([name, { choices, short }]) => {
    if (!choices) return []
    const flags = short === undefined ? `--${name}` : `--${name}|-${short}`
    return [`      ${flags}) words='${choices.join(' ')}' ;;`]
  })
}

function bashCase(name: string, command: Command): string {
  const own = command.words.flatMap(({ choices }) => choices ?? [])
  const choices = bashChoices(command)
  const values = choices.length === 0 ? [] : ['    case "$previous" in', ...choices, '    esac']
  return [
    `  '${name}')`,
    `    words='${[...own, ...flagsOf(command)].join(' ')}'`,
    ...values,
    '    ;;',
  ].join('\n')
}

function bash(commands: readonly Command[]): string {
  const verbs = [...verbsByWord(commands)].map(
    ([word, seconds]) => `  '${word}') verbs='${seconds.join(' ')}' ;;`,
  )
  const cases = namesOf(commands).map(({ name, command }) => bashCase(name, command))
  return `# Completion of synapse for bash. Written by: synapse completion bash
_synapse() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}"
  local first="\${COMP_WORDS[1]}" second="\${COMP_WORDS[2]}" verbs='' words='' name
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=( $(compgen -W '${firstWords(commands).join(' ')}' -- "$current") )
    return
  fi
  case "$first" in
${verbs.join('\n')}
  esac
  name="$first"
  case " $verbs " in *" $second "*) [ -n "$second" ] && name="$first $second" ;; esac
  case "$name" in
${cases.join('\n')}
  esac
  [ "$COMP_CWORD" -eq 2 ] && words="$verbs $words"
  case "$previous" in --root|--path|--output|-o) words='' ;; esac
  COMPREPLY=( $(compgen -W "$words" -- "$current") )
}
complete -o default -F _synapse synapse
`
}

/** zsh runs the completions of bash. */
function zsh(commands: readonly Command[]): string {
  const head = '# Completion of synapse for zsh. Written by: synapse completion zsh'
  const [, ...lines] = bash(commands).split('\n')
  return [head, 'autoload -U +X bashcompinit && bashcompinit', ...lines].join('\n')
}

const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`

function fishOptions(name: string, command: Command): string[] {
  const seen = name
    .split(' ')
    .map((word) => `__fish_seen_subcommand_from ${word}`)
    .join('; and ')
  return Object.entries(command.options).map(([long, { short, type, summary, choices }]) =>
    [
      `complete -c synapse -n ${quoted(seen)} -l ${long}`,
      short === undefined ? '' : `-s ${short}`,
      type === 'boolean' ? '' : '-r',
      choices ? `-f -a ${quoted(choices.join(' '))}` : '',
      `-d ${quoted(summary)}`,
    ]
      .filter((part) => part !== '')
      .join(' '),
  )
}

function fishWords(name: string, command: Command): string[] {
  const choices = command.words.flatMap((word) => word.choices ?? [])
  if (choices.length === 0) return []
  const when = quoted(`__fish_seen_subcommand_from ${name}`)
  return [`complete -c synapse -f -n ${when} -a ${quoted(choices.join(' '))}`]
}

function fishName(name: string, summary: string): string {
  const [first = '', second] = name.split(' ')
  const when =
    second === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${first}`
  return `complete -c synapse -f -n ${quoted(when)} -a ${second ?? first} -d ${quoted(summary)}`
}

function fish(commands: readonly Command[]): string {
  const groups = [...verbsByWord(commands).keys()].filter(
    (word) => !namesOf(commands).some(({ name }) => name === word),
  )
  const globals = Object.entries(GLOBAL_OPTIONS).map(
    ([name, { type, summary }]) =>
      `complete -c synapse -l ${name}${type === 'boolean' ? '' : ' -r'} -d ${quoted(summary)}`,
  )
  return [
    '# Completion of synapse for fish. Written by: synapse completion fish',
    ...groups.map((word) => fishName(word, `${word} …`)),
    ...namesOf(commands).map(({ name, command }) => fishName(name, command.summary)),
    ...namesOf(commands).flatMap(({ name, command }) => [
      ...fishWords(name, command),
      ...fishOptions(name, command),
    ]),
    ...globals,
    '',
  ].join('\n')
}

const WRITERS: Readonly<Record<string, (commands: readonly Command[]) => string>> = {
  bash,
  zsh,
  fish,
}

/** Returns the completion script for one of {@link SHELLS}. */
export function completionScript(commands: readonly Command[], shell: string): string {
  return (WRITERS[shell] ?? bash)(commands)
}
