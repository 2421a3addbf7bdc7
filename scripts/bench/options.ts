/** The options of a run of the bench. */
import { tmpdir } from 'node:os'
import { parseArgs } from 'node:util'

const MIB = 1024 * 1024

/** How much is measured, and where. */
export interface BenchOptions {
  /** Models of the big library. */
  readonly files: number
  /** Links of the profile that is activated. */
  readonly links: number
  /** Bytes of the big file that is hashed and imported. */
  readonly bigBytes: number
  /** Operations of the long journal. */
  readonly operations: number
  /** Small files that are imported together. */
  readonly smallFiles: number
  readonly rounds: number
  /** Rounds before those, which are not counted. */
  readonly warmUps: number
  /** Questions of one kind that are put to the index. */
  readonly questions: number
  /** The folder below which a temporary one is made. */
  readonly within: string
  /** Names of sections, or parts of them; all where none is named. */
  readonly only: readonly string[]
  /** True where the results go into the documentation. */
  readonly write: boolean
}

const FULL = {
  files: 100_000,
  links: 10_000,
  bigBytes: 512 * MIB,
  operations: 100_000,
  smallFiles: 200,
  rounds: 5,
  warmUps: 1,
  questions: 300,
}

const QUICK: typeof FULL = {
  files: 2000,
  links: 500,
  bigBytes: 32 * MIB,
  operations: 5000,
  smallFiles: 10,
  rounds: 1,
  warmUps: 0,
  questions: 50,
}

/** The page of `--help`. */
export const USAGE = `npm run bench -- [options] [section …]

  --files N     models of the big library (${FULL.files})
  --operations N  operations of the long journal (${FULL.operations}; 1000000 for the long mode)
  --rounds N    rounds of every comparison (${FULL.rounds})
  --in FOLDER   where the temporary folder is made (the system's)
  --quick       one round of small amounts, in less than a minute: shows that all works
  --help        this text

A section is hashing, importing, views, inventory, journal, start-up or memory. A whole run writes
docs/performance.md; a quick one, or one of some sections, writes nothing.`

function wholeNumber(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined
  const value = Number(text)
  if (Number.isSafeInteger(value) && value > 0) return value
  throw new Error(`--${name} takes a whole number above 0, not "${text}"`)
}

/**
 * Reads the command line; null for help.
 * @throws Error with a message for the user where it is invalid
 */
export function readOptions(args: readonly string[]): BenchOptions | null {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      files: { type: 'string' },
      operations: { type: 'string' },
      rounds: { type: 'string' },
      in: { type: 'string' },
      quick: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return null
  const amounts = values.quick ? QUICK : FULL
  return {
    ...amounts,
    files: wholeNumber(values.files, 'files') ?? amounts.files,
    operations: wholeNumber(values.operations, 'operations') ?? amounts.operations,
    rounds: wholeNumber(values.rounds, 'rounds') ?? amounts.rounds,
    within: values.in ?? tmpdir(),
    only: positionals,
    write: !values.quick && positionals.length === 0,
  }
}
