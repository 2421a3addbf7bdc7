/** What a row of the command table is, and the types that its options and arguments give `run`. */
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
  /** Takes all the words that are left; only the last may. */
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

/** What was typed, checked against the row. */
export interface Args<O extends Options, P extends readonly Positional[]> {
  readonly options: { readonly [K in keyof O]: OptionValue<O[K]> }
  readonly words: { readonly [E in P[number] as E['name']]: PositionalValue<E> }
  /** Nothing shall be changed: `--dry-run`, or a command that is dry without `--execute`. */
  readonly dryRun: boolean
}

/** Any row's arguments, their types forgotten. */
export interface AnyArgs {
  readonly options: Readonly<Record<string, unknown>>
  readonly words: Readonly<Record<string, unknown>>
  readonly dryRun: boolean
}

/** What a command gives back: the answer's body, and how it reads. */
export interface Outcome {
  /** Printed as it is with `--json`; undefined prints nothing. */
  readonly data: unknown
  /** The lines for people; null prints nothing, as where everything was printed meanwhile. */
  readonly render: ((view: View) => string) | null
  /** Exit code; 0 where it is left out. */
  readonly exit?: number
}

/** What every command may use. */
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

/** What commands on a store may use besides. */
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
   * Shows what will go, and asks; `--yes` answers beforehand.
   * @throws AppError input.invalid where nobody can be asked; job.cancelled at "no"
   */
  readonly confirm: (question: string, plan: Outcome) => Promise<void>
}

/**
 * What a command does when it is not asked to change anything: it has no dry run (`none`), has one
 * when asked by `--dry-run` (`asked`), or changes things only with `--execute` (`default`).
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
  /** What else there is to know, in paragraphs. */
  readonly details?: readonly string[]
  readonly words?: P
  readonly options?: O
  /** Whole command lines, beginning with `synapse`; each must parse. */
  readonly examples: readonly [string, ...string[]]
  readonly dry?: Dry
  /** Endpoints that it asks. */
  readonly asks: readonly EndpointId[]
  readonly run: (context: C, args: Args<O, P>) => Promise<Outcome> | Outcome
}

/** A row of the table, its own types forgotten. */
export interface Command {
  readonly name: string
  readonly aliases: readonly string[]
  readonly group: Group
  readonly summary: string
  readonly details: readonly string[]
  readonly words: readonly Positional[]
  /** The row's own and those that its dry behaviour gives it. */
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
    // The parser builds the arguments from this very row, so they have the row's types.
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

/** Makes a row whose command makes sense only while the service runs. */
export function serviceCommand<
  const O extends Options = NoOptions,
  const P extends readonly Positional[] = [],
>(row: Row<O, P, StoreContext>): Command {
  return erase(row, 'service')
}

/** Makes a row whose command asks no store. */
export function plainCommand<
  const O extends Options = NoOptions,
  const P extends readonly Positional[] = [],
>(row: Row<O, P, Context>): Command {
  return erase(row, 'nothing')
}

/**
 * Returns an answer with the way it reads; the renderer gets it with control characters taken out.
 */
export function outcome<T>(data: T, render: (data: T, view: View) => string, exit = 0): Outcome {
  return { data, render: (view) => render(view.clean(data), view), exit }
}
