/** From argv to a row of the table and its checked arguments. */
import { parseArgs } from 'node:util'
import { AppError } from '../../schemas/errors.ts'
import {
  GLOBAL_OPTIONS,
  type AnyArgs,
  type Args,
  type Command,
  type Option,
  type Options,
  type Positional,
} from './command.ts'
import { nearest } from './suggest.ts'

/** A parsed command line. */
export interface Invocation {
  readonly command: Command
  readonly args: AnyArgs
  readonly globals: Args<typeof GLOBAL_OPTIONS, []>['options']
}

/** A wrong command line; the hint names what was probably meant and where help is. */
function usage(detail: string, helpFor: string, meant?: string | null): AppError {
  const help = `See: synapse help${helpFor === '' ? '' : ` ${helpFor}`}`
  return new AppError('input.invalid', detail, {
    hint: meant ? `Did you mean "${meant}"? ${help}` : help,
  })
}

/** Counts the options before the command's name, as in `synapse --root /models list`. */
function leadingOptions(argv: readonly string[]): number {
  let at = 0
  while (argv[at]?.startsWith('-')) at += argv[at] === '--root' ? 2 : 1
  return Math.min(at, argv.length)
}

const namesOf = (command: Command) => [command.name, ...command.aliases]

function lookUp(commands: readonly Command[], name: string): Command | undefined {
  return commands.find((command) => namesOf(command).includes(name))
}

/** Second words of the commands that begin with `word`. */
function verbsOf(commands: readonly Command[], word: string): string[] {
  return commands
    .flatMap(namesOf)
    .filter((name) => name.startsWith(`${word} `))
    .map((name) => name.slice(word.length + 1))
}

function unknownCommand(commands: readonly Command[], first: string, second: string): AppError {
  const verbs = verbsOf(commands, first)
  if (verbs.length === 0) {
    const meant = nearest(first, commands.flatMap(namesOf))
    return usage(`Unknown command "${first}"`, meant ?? '', meant)
  }
  if (second === '') return usage(`"${first}" needs one of: ${verbs.join(', ')}`, first)
  const meant = nearest(second, verbs)
  const name = meant === null ? first : `${first} ${meant}`
  return usage(`Unknown command "${first} ${second}"`, name, meant && name)
}

/**
 * Finds the row that words name, the longer name first.
 * @throws AppError input.invalid with the nearest command
 */
export function findCommand(
  commands: readonly Command[],
  words: readonly string[],
): { command: Command; length: 1 | 2 } {
  const [first = '', next = ''] = words
  const second = next.startsWith('-') ? '' : next
  const long = lookUp(commands, `${first} ${second}`)
  if (long) return { command: long, length: 2 }
  const short = lookUp(commands, first)
  if (!short) throw unknownCommand(commands, first, second)
  const takesWords = short.words.length > 0 || second === ''
  if (!takesWords && verbsOf(commands, first).length > 0) {
    throw unknownCommand(commands, first, second)
  }
  return { command: short, length: 1 }
}

type Token = NonNullable<ReturnType<typeof parseArgs>['tokens']>[number]
type OptionToken = Extract<Token, { kind: 'option' }>

function checkNumber(text: string, name: string, command: Command): number {
  if (/^\d{1,15}$/u.test(text)) return Number(text)
  throw usage(`${name} takes a whole number, not "${text}"`, command.name)
}

/** What a word or option of a command may be. */
interface Choice {
  /** How it is written. */
  readonly what: string
  readonly choices: readonly string[]
}

function checkChoice(text: string, { what, choices }: Choice, { name }: Command): void {
  if (choices.includes(text)) return
  throw usage(`${what} is one of: ${choices.join(', ')}`, name, nearest(text, choices))
}

/** The value that one occurrence of an option gives. */
function valueOf(token: OptionToken, option: Option, command: Command): boolean | number | string {
  const { rawName, value, inlineValue } = token
  if (option.type === 'boolean') {
    if (value === undefined) return true
    throw usage(`${rawName} takes no value`, command.name)
  }
  if (value === undefined) throw usage(`${rawName} needs a value`, command.name)
  if (!inlineValue && value.startsWith('-') && value !== '-') {
    throw usage(
      `${rawName} needs a value; one that begins with "-" as ${rawName}=${value}`,
      command.name,
    )
  }
  if (option.type === 'number') return checkNumber(value, rawName, command)
  if (option.choices) checkChoice(value, { what: rawName, choices: option.choices }, command)
  return value
}

function unknownOption(token: OptionToken, options: Options, command: Command): AppError {
  const meant = nearest(token.name, Object.keys(options))
  return usage(
    `"${command.name}" has no option ${token.rawName}`,
    command.name,
    meant && `--${meant}`,
  )
}

function optionValues(
  tokens: readonly OptionToken[],
  options: Options,
  command: Command,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(options)) {
    if (option.type === 'boolean') values[name] = false
    else if (option.multiple) values[name] = []
  }
  for (const token of tokens) {
    const option = Object.hasOwn(options, token.name) ? options[token.name] : undefined
    if (!option) throw unknownOption(token, options, command)
    const value = valueOf(token, option, command)
    const before = values[token.name]
    values[token.name] = Array.isArray(before) ? [...(before as unknown[]), value] : value
  }
  return values
}

function positionals(typed: readonly string[], command: Command): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  command.words.forEach((word, at) => {
    const own = word.multiple ? typed.slice(at) : typed.slice(at, at + 1)
    if (own.length === 0 && !word.optional) throw missingWord(word, command)
    if (word.choices) {
      for (const one of own)
        checkChoice(one, { what: `<${word.name}>`, choices: word.choices }, command)
    }
    values[word.name] = word.multiple ? own : own[0]
  })
  const rest = command.words.at(-1)?.multiple ? [] : typed.slice(command.words.length)
  if (rest.length > 0) {
    throw usage(`"${command.name}" does not take "${rest.join(' ')}"`, command.name)
  }
  return values
}

function missingWord(word: Positional, command: Command): AppError {
  return usage(`"${command.name}" needs <${word.name}>: ${word.summary}`, command.name)
}

function dryRunOf(command: Command, values: Record<string, unknown>): boolean {
  const asked = values['dry-run'] === true
  const execute = values['execute'] === true
  if (asked && execute) {
    throw usage('--dry-run and --execute contradict each other', command.name)
  }
  return asked || (command.dry === 'default' && !execute)
}

function tokensOf(args: readonly string[], options: Options): Token[] {
  const config = Object.entries(options).map(([name, { type, short }]) => [
    name,
    { type: type === 'boolean' ? type : 'string', ...(short !== undefined && { short }) },
  ])
  return parseArgs({
    args: [...args],
    options: Object.fromEntries(config) as Record<string, { type: 'boolean' | 'string' }>,
    allowPositionals: true,
    strict: false,
    tokens: true,
  }).tokens
}

/**
 * Reads a command line (without the program's own name).
 * @throws AppError input.invalid: one sentence, with a hint of what was meant and where help is
 */
export function parse(commands: readonly Command[], argv: readonly string[]): Invocation {
  const lead = leadingOptions(argv)
  const { command, length } = findCommand(commands, argv.slice(lead))
  const options: Options = { ...command.options, ...GLOBAL_OPTIONS }
  const tokens = tokensOf([...argv.slice(0, lead), ...argv.slice(lead + length)], options)
  const typed = tokens.filter((token) => token.kind === 'positional').map(({ value }) => value)
  const values = optionValues(
    tokens.filter((token) => token.kind === 'option'),
    options,
    command,
  )
  // The types of rows are checked where they are written; here all are records.
  const globals = values as unknown as Invocation['globals']
  const words = globals.help ? {} : positionals(typed, command)
  const own = Object.entries(values).filter(([name]) => Object.hasOwn(command.options, name))
  const args = { options: Object.fromEntries(own), words, dryRun: dryRunOf(command, values) }
  return { command, args, globals }
}
