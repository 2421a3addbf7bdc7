/**
 * Random histories of a store: actions, crashes, disturbances in the middle of an operation, two at once, and
 * what people and other programs do to its files.
 */
import fc from 'fast-check'
import { HistoryError, runHistory } from './history.ts'
import { aHistory, type Step } from './steps.ts'
import { HistorySetup } from './setup.ts'

/** Which histories to run. */
export interface HistoriesWanted {
  readonly runs: number
  readonly seed: number
  /** Runs that one history alone, as a failure named it. */
  readonly path?: string | undefined
  readonly onRun?: () => void
}

/** A history that failed, made as short as it goes. */
export interface FailedHistory {
  readonly seed: number
  readonly path: string
  readonly steps: readonly Step[]
  readonly message: string
}

/** Runs random histories until one fails. @returns that one, or null where all went well */
export async function checkHistories(wanted: HistoriesWanted): Promise<FailedHistory | null> {
  await using setup = await HistorySetup.open()
  const property = fc.asyncProperty(aHistory, async (steps) => {
    await runHistory(setup, steps)
    wanted.onRun?.()
  })
  const { seed, runs: numRuns, path } = wanted
  const details = await fc.check(property, {
    seed,
    numRuns,
    ...(path === undefined ? {} : { path, endOnFailure: true }),
  })
  if (!details.failed) return null
  const error: unknown = details.errorInstance
  return {
    seed,
    path: details.counterexamplePath ?? '',
    steps: (details.counterexample?.[0] ?? []).slice(0, stepsMade(error)),
    message: error instanceof Error ? error.message : String(error),
  }
}

function stepsMade(error: unknown): number {
  return error instanceof HistoryError ? error.steps : Infinity
}

/** Describes a failed history, with the command that repeats it. */
export function describeFailure({ seed, path, steps, message }: FailedHistory): string {
  return [
    'A history broke something:',
    ...steps.map((step, index) => `${String(index + 1)}. ${JSON.stringify(step)}`),
    message,
    `Repeat it: npm run histories -- --seed ${String(seed)} --path ${path}`,
  ].join('\n')
}
