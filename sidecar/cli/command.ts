/** Rows of the command table, and the types that options and arguments give `run`. */
import type { Client } from '../../schemas/client.ts'
import type { EndpointId } from '../../schemas/endpoints.ts'
import type { RunService } from './connect.ts'
import type { CliFolders, Variables } from './environment.ts'
import type { View } from './output.ts'
import type { Job } from './results.ts'
import type { Terminal } from './terminal.ts'

/** Headings of the help, in its order. */
export const GROUPS = [
  'Store',
  'Packs',
  'Switching',
  'Inventory',
  'Activity',
  'Access',
  'Interfaces',
  'Help',
] as const
/** A heading of the help. */
export type Group = (typeof GROUPS)[number]

/** A word after the command's name. */
export interface Positional {
  readonly name: string
  readonly summary: string
  readonly optional?: true
  /** Takes all remaining words; only allowed for the last. */
  readonly multiple?: true
  readonly choices?: readonly string[]
}

/** One option. */
export interface Option {
  readonly type: 'boolean' | 'string' | 'number'
  readonly summary: string
  readonly short?: string
  /** Word for the value in help: `name` gives `--root <name>`. */
  readonly value?: string
  readonly choices?: readonly string[]
  readonly multiple?: true
}

type NoOptions = Readonly<Record<string, never>>

/** Options by their long name. */
export type Options = Readonly<Record<string, Option>>

type OptionValue<O extends Option> = O extends { type: 'boolean' }
  ? boolean
  : O extends { multiple: true }
    ? O extends { choices: readonly (infer C)[] }
      ? readonly C[]
      : readonly string[]
    : O extends { type: 'number' }
      ? number | undefined
      : O extends { choices: readonly (infer C)[] }
        ? C | undefined
        : string | undefined

type PositionalValue<P extends Positional> = P extends { multiple: true }
  ? readonly string[]
  : P extends { optional: true }
    ? string | undefined
    : string

/** The parsed arguments, checked by the row. */
export interface Args<O extends Options, P extends readonly Positional[]> {
  readonly options: { readonly [K in keyof O]: OptionValue<O[K]> }
  readonly words: { readonly [E in P[number] as E['name']]: PositionalValue<E> }
  /** Nothing must be changed: `--dry-run`, or a command that is dry without `--execute`. */
  readonly dryRun: boolean
}

/** The arguments of any row, without their types. */
export interface AnyArgs {
  readonly options: Readonly<Record<string, unknown>>
  readonly words: Readonly<Record<string, unknown>>
  readonly dryRun: boolean
}

/** The result of a command: the answer's body, and its text form. */
export interface Outcome {
  /** Printed as it is with `--json`; undefined prints nothing. */
  readonly data: unknown
  /** The text for the user; null prints nothing, as when everything was already printed. */
  readonly render: ((view: View) => string) | null
  /** Exit code; 0 by default. */
  readonly exit?: number
}

/** The context of every command. */
export interface Context {
  readonly terminal: Terminal
  readonly variables: Variables
  readonly folders: () => CliFolders
  readonly cwd: string
  readonly json: boolean
  readonly yes: boolean
  readonly acceptNetworkLock: boolean
  /** All rows, for help and completion. */
  readonly commands: readonly Command[]
  /** Starts the service in this process. */
  readonly runService: RunService
}

/** The context of commands on a store. */
export interface StoreContext extends Context {
  readonly client: Client
  /** `service`: a running one answers; `direct`: the store is open in this process. */
  readonly mode: 'service' | 'direct'
  /**
   * Waits for the end of a job and shows its progress.
   * @throws AppError with the job's own problem; job.cancelled where it was stopped
   */
  readonly follow: (job: Job) => Promise<Job>
  /**
   * Shows what will be removed, and asks for a confirmation; `--yes` answers in advance.
   * @throws AppError input.invalid without a terminal; job.cancelled at "no"
   */
  readonly confirm: (question: string, plan: Outcome) => Promise<void>
}

/**
 * The dry run of a command: it has none (`none`), has one with `--dry-run` (`asked`), or changes
 * things only with `--execute` (`default`).
 */
export type Dry = 'none' | 'asked' | 'default'

/** `store`: service or store opened here; `service`: only a running service; `nothing`: neither. */
export type Need = 'store' | 'service' | 'nothing'

interface Row<O extends Options, P extends readonly Positional[], C> {
  /** One or two words. */
  readonly name: string
  readonly aliases?: readonly string[]
  readonly group: Group
  /** One line. */
  readonly summary: string
  /** Further explanation, in paragraphs. */
  readonly details?: readonly string[]
  readonly words?: P
  readonly options?: O
  /** Whole command lines, beginning with `synapse`; each must parse. */
  readonly examples: readonly [string, ...string[]]
  readonly dry?: Dry
  /** The endpoints that it calls. */
  readonly asks: readonly EndpointId[]
  readonly run: (context: C, args: Args<O, P>) => Promise<Outcome> | Outcome
}

/** A row of the table, without its own types. */
export interface Command {
  readonly name: string
  readonly aliases: readonly string[]
  readonly group: Group
  readonly summary: string
  readonly details: readonly string[]
  readonly words: readonly Positional[]
  /** The row's own options and those of its dry behaviour. */
  readonly options: Options
  readonly examples: readonly string[]
  readonly dry: Dry
  readonly needs: Need
  readonly asks: readonly EndpointId[]
  readonly run: (context: StoreContext, args: AnyArgs) => Promise<Outcome> | Outcome
}

/** Options that every command takes. */
export const GLOBAL_OPTIONS = {
  json: { type: 'boolean', summary: 'Print the answer as JSON' },
  root: {
    type: 'string',
    value: 'folder',
    summary: 'The store (else SYNAPSE_ROOT, that of a running service, ~/.synapse/store)',
  },
  yes: { type: 'boolean', short: 'y', summary: 'Answer yes to every question' },
  'accept-network-lock': {
    type: 'boolean',
    summary: 'Write to a store on a network file system, whose locks may not hold',
  },
  help: { type: 'boolean', short: 'h', summary: 'Show help with examples' },
} as const satisfies Options

const DRY_RUN = { type: 'boolean', summary: 'Show what would happen and change nothing' } as const
const EXECUTE = { type: 'boolean', summary: 'Really do it' } as const

const DRY_OPTIONS: Readonly<Record<Dry, Options>> = {
  none: {},
  asked: { 'dry-run': DRY_RUN },
  default: { 'dry-run': { ...DRY_RUN, summary: 'As without --execute' }, execute: EXECUTE },
}

function erase<O extends Options, P extends readonly Positional[], C>(
  row: Row<O, P, C>,
  needs: Need,
): Command {
  const dry = row.dry ?? 'none'
  return {
    aliases: [],
    details: [],
    ...row,
    words: row.words ?? [],
    options: { ...row.options, ...DRY_OPTIONS[dry] },
    dry,
    needs,
    // The parser builds the arguments from this row, so they have its types.
    run: row.run as unknown as Command['run'],
  }
}

/** Makes a row whose command works on the store, through the service or in this process. */
export function command<
  const O extends Options = NoOptions,
  const P extends readonly Positional[] = [],
>(row: Row<O, P, StoreContext>): Command {
  return erase(row, 'store')
}

/** Makes a row whose command only works while the service runs. */
export function serviceCommand<
  const O extends Options = NoOptions,
  const P extends readonly Positional[] = [],
>(row: Row<O, P, StoreContext>): Command {
  return erase(row, 'service')
}

/** Makes a row whose command needs no store. */
export function plainCommand<
  const O extends Options = NoOptions,
  const P extends readonly Positional[] = [],
>(row: Row<O, P, Context>): Command {
  return erase(row, 'nothing')
}

/** Returns an answer with its renderer, which gets the answer without control characters. */
export function outcome<T>(data: T, render: (data: T, view: View) => string, exit = 0): Outcome {
  return { data, render: (view) => render(view.clean(data), view), exit }
}
