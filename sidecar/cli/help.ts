/** Help, for all commands and for one. */
import {
  GLOBAL_OPTIONS,
  GROUPS,
  type Command,
  type Option,
  type Options,
  type Positional,
} from './command.ts'
import type { View } from './output.ts'
import { joined } from './table.ts'
import { pad, textWidth, wrap } from './width.ts'

const MAX_WIDTH = 100

/** `<name>`, `[name]`, `<name...>` */
function wordForm({ name, optional, multiple }: Positional): string {
  const inner = multiple ? `${name}...` : name
  return optional ? `[${inner}]` : `<${inner}>`
}

/** Returns how a command is typed. @example 'synapse use <pack> [options]' */
export function usageLine(command: Command): string {
  const options = Object.keys(command.options).length > 0 ? ['[options]'] : []
  return ['synapse', command.name, ...command.words.map(wordForm), ...options].join(' ')
}

/** Returns how an option is typed. @example '-k, --kind <kind>' */
export function optionForm(name: string, option: Option): string {
  const short = option.short === undefined ? '' : `-${option.short}, `
  const value =
    option.type === 'boolean'
      ? ''
      : ` <${option.value ?? (option.type === 'number' ? 'number' : name)}>`
  return `${short}--${name}${value}`
}

/** Returns what an option does, with its choices and whether it may be repeated. */
export function optionText({ summary, choices, multiple }: Option): string {
  const repeat = multiple ? ' (may be repeated)' : ''
  return `${summary}${repeat}${choices ? `: ${choices.join(', ')}` : ''}`
}

function definitions(rows: readonly (readonly [string, string])[], view: View): string {
  const least = Math.min(28, Math.max(...rows.map(([term]) => textWidth(term))))
  const room = Math.max(24, Math.min(view.width, MAX_WIDTH) - least - 4)
  const lines = rows.flatMap(([term, text]) => {
    const [first = '', ...rest] = wrap(text, room)
    const hanging = rest.map((line) => `${' '.repeat(least + 4)}${line}`)
    const fits = textWidth(term) <= least
    const head = fits
      ? [`  ${pad(term, least)}  ${first}`]
      : [`  ${term}`, `${' '.repeat(least + 4)}${first}`]
    return [...head, ...hanging]
  })
  return lines.join('\n')
}

function section(title: string, body: string, view: View): string {
  return body === '' ? '' : `${view.paint('bold', title)}\n${body}`
}

const optionRows = (options: Options) =>
  Object.entries(options).map(
    ([name, option]) => [optionForm(name, option), optionText(option)] as const,
  )

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`).join('\n')

/** Returns the other commands that share the first word, for `help inventory`. */
export function familyOf(commands: readonly Command[], word: string): Command[] {
  return commands.filter((command) => command.name.startsWith(`${word} `))
}

/** Returns the help of one command. */
export function commandHelp(command: Command, commands: readonly Command[], view: View): string {
  const paragraphs = [`${command.summary}.`, ...command.details]
  const width = Math.min(view.width, MAX_WIDTH)
  const words = command.words.map((word) => [wordForm(word), word.summary] as const)
  const own = optionRows(command.options)
  const family = familyOf(commands, command.name).map((one) => [one.name, one.summary] as const)
  const aliases = command.aliases.map((alias) => `synapse ${alias}`)
  return joined(
    [
      view.paint('bold', usageLine(command)),
      ...paragraphs.map((text) => wrap(text, width).join('\n')),
      section('Words', words.length > 0 ? definitions(words, view) : '', view),
      section('Options', own.length > 0 ? definitions(own, view) : '', view),
      section('Global options', definitions(optionRows(GLOBAL_OPTIONS), view), view),
      section('Also written', indented(aliases), view),
      section('More', family.length > 0 ? definitions(family, view) : '', view),
      section(
        command.examples.length > 1 ? 'Examples' : 'Example',
        indented(command.examples),
        view,
      ),
    ],
    '\n\n',
  )
}

const rowsOf = (commands: readonly Command[]) =>
  commands.map(
    (command) =>
      [[command.name, ...command.words.map(wordForm)].join(' '), command.summary] as const,
  )

/** Returns the commands that begin with one word, where that word alone is none. */
export function familyHelp(word: string, family: readonly Command[], view: View): string {
  return `${view.paint('bold', `synapse ${word} …`)}\n\n${definitions(rowsOf(family), view)}`
}

/** Returns the help that lists every command. */
export function overview(commands: readonly Command[], view: View): string {
  const groups = GROUPS.map((group) => {
    const members = commands.filter((command) => command.group === group)
    return section(group, members.length > 0 ? definitions(rowsOf(members), view) : '', view)
  })
  return joined(
    [
      'One copy of every model, and for each ComfyUI and other interface the view of it that it needs.',
      view.paint('bold', 'synapse <command> [options]'),
      ...groups,
      section('Global options', definitions(optionRows(GLOBAL_OPTIONS), view), view),
      'For one command, with examples: synapse help <command>',
    ],
    '\n\n',
  )
}
