/** Applies the steps of several operations side by side, so that the disk flushes once for all. */
import fs from 'node:fs'
import { isAbsolute } from 'node:path'
import { appendLines } from '../platform/disk.ts'
import { nameTaken } from '../platform/name-taken.ts'
import { moveFiles, writeOnceTogether } from '../platform/write-together.ts'
import type { Step } from './steps.ts'
import type { StorePaths } from './store-paths.ts'

/** An operation whose steps are being applied. */
export interface Making {
  readonly steps: readonly Step[]
  /** How many of its steps were begun. */
  made: number
  /** Why it cannot go on; null as long as it can. */
  error: unknown
}

/** How single steps are applied, and the check before each round. */
export interface StepHandlers {
  /** @throws where no further step may be applied */
  readonly before: () => void
  readonly make: (step: Step) => Promise<void>
}

/** Appends the lines of each ledger in order. */
async function appendTogether(
  paths: StorePaths,
  steps: readonly Extract<Step, { readonly do: 'line' }>[],
): Promise<void> {
  for (const [path, lines] of Map.groupBy(steps, (step) => step.path)) {
    await appendLines(paths.at(path), lines.map(({ text }) => text).join(''))
  }
}

/** Reports whether a step moves staged bytes to a free name. */
function isPublication(paths: StorePaths, step: Extract<Step, { readonly do: 'move' }>): boolean {
  if (isAbsolute(step.from) || step.seen !== undefined || step.aside !== undefined) return false
  const from = paths.at(step.from)
  const isFile = fs.lstatSync(from, { throwIfNoEntry: false })?.isFile() === true
  return paths.isStaged(step.from) && isFile && !nameTaken(paths.at(step.to))
}

function isGrouped(paths: StorePaths, step: Step): boolean {
  return (
    step.do === 'line' || step.do === 'once' || (step.do === 'move' && isPublication(paths, step))
  )
}

async function makeGrouped(paths: StorePaths, steps: readonly Step[]): Promise<void> {
  await appendTogether(
    paths,
    steps.filter((step) => step.do === 'line'),
  )
  const moves = steps.filter((step) => step.do === 'move')
  await moveFiles(moves.map(({ from, to }) => ({ from: paths.at(from), path: paths.at(to) })))
  const texts = steps.filter((step) => step.do === 'once')
  await writeOnceTogether(texts.map(({ path, text }) => ({ path: paths.at(path), text })))
}

/**
 * Applies the first step of each operation, then the second of each, and so on: each step is on the
 * disk before the next one of its operation begins. A failure stops only its own operation. No two
 * operations may write to the same file, except for ledgers.
 * @throws what `before` throws
 */
export async function makeTogether(
  paths: StorePaths,
  operations: readonly Making[],
  { before, make }: StepHandlers,
): Promise<void> {
  const most = Math.max(0, ...operations.map(({ steps }) => steps.length))
  for (let at = 0; at < most; at += 1) {
    before()
    const going = operations.filter(({ steps, error }) => error === null && at < steps.length)
    for (const one of going) one.made = at + 1
    await makeRow(paths, { going, at }, make)
  }
}

/** Steps that cannot be applied together are applied one by one; each may be repeated. */
async function makeRow(
  paths: StorePaths,
  { going, at }: { readonly going: readonly Making[]; readonly at: number },
  make: StepHandlers['make'],
): Promise<void> {
  const steps = new Map(going.flatMap((one) => (one.steps[at] ? [[one, one.steps[at]]] : [])))
  const grouped = [...steps.values()].filter((step) => isGrouped(paths, step))
  const done = new Set<Step>()
  try {
    await makeGrouped(paths, grouped)
    for (const step of grouped) done.add(step)
  } catch {
    // The step that failed is found below.
  }
  for (const [one, step] of steps) {
    if (done.has(step)) continue
    try {
      await make(step)
    } catch (error) {
      one.error = error
    }
  }
}
