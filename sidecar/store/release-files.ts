/**
 * Removes originals whose bytes the store holds: one operation for up to 64 of them, recorded in
 * advance. One that a crash interrupted is reverted, never finished.
 */
import { dirname } from 'node:path'
import { isAppError } from '../../schemas/errors.ts'
import type { Sha256, Uuid } from '../../schemas/ids.ts'
import type { SeenFile } from '../../schemas/records.ts'
import { asideName } from '../platform/aside-name.ts'
import type { RemovalOutcome } from '../platform/remove-duplicate.ts'
import type { JournalOperation } from './journal.ts'
import type { PutBack } from './outside-files.ts'
import type { ReleaseStep } from './release-step.ts'
import type { StorePath } from './store-paths.ts'
import { type StoreTx } from './store-tx.ts'
import { stepsOf } from './steps.ts'
import { type OperationFacts } from './operation-facts.ts'

/** The maximum number of originals in one record of the journal. */
export const RELEASE_GROUP = 64

/** An original, and the proven copy in the store. */
export interface Release {
  /** Absolute. */
  readonly path: string
  readonly sha256: Sha256
  /** The original as its bytes were read. */
  readonly seen: SeenFile
  /** The store's copy as it was proven. */
  readonly copy_seen: SeenFile
}

/** The outcome for an original; `error` where the disk failed. */
export type ReleaseOutcome = RemovalOutcome | { readonly error: unknown }

const isError = (outcome: ReleaseOutcome) => typeof outcome !== 'string'

async function stepOf(tx: StoreTx, release: Release): Promise<ReleaseStep | ReleaseOutcome> {
  try {
    const { path } = release
    const described = await tx.outside.call(path, 'describe_original', path)
    if (described === null) return 'gone'
    return {
      do: 'release',
      path: tx.paths.relativeOrAbsolute(path),
      aside: tx.paths.relativeOrAbsolute(asideName(path)),
      sha256: release.sha256,
      copy: tx.paths.relative(tx.paths.blob(release.sha256)),
      seen: release.seen,
      copy_seen: release.copy_seen,
      ...described,
    }
  } catch (error) {
    return { error }
  }
}

const isStep = (planned: ReleaseStep | ReleaseOutcome): planned is ReleaseStep =>
  typeof planned === 'object' && 'do' in planned

async function performStep(tx: StoreTx, step: ReleaseStep): Promise<ReleaseOutcome> {
  try {
    return await tx.outside.call(tx.paths.absolute(step.path), 'remove_duplicate', step)
  } catch (error) {
    return { error }
  }
}

/** The name and facts of the operation, where it is not a `file.release`. */
export type ReleaseFacts = Pick<OperationFacts, 'op' | 'before' | 'syncViews'>

/** The outcome of the steps of an operation. */
interface Settled extends ReleaseFacts {
  readonly id: Uuid
  /** How many steps the operation had. */
  readonly steps: number
  /** The indices of the steps that removed nothing. */
  readonly kept: readonly number[]
}

/**
 * Removes originals in one short step: nothing is read or waited for, so the copies must have been
 * proven before the lock was taken. Originals that are not removed keep their names. The operation
 * stays open if a name could not be restored or a folder stopped answering.
 * @param releases at most {@link RELEASE_GROUP}
 * @returns the outcome for each, in their order
 * @throws disk.* where the journal cannot be written
 */
export async function releaseFiles(
  tx: StoreTx,
  releases: readonly Release[],
  facts: ReleaseFacts = { op: 'file.release' },
): Promise<ReleaseOutcome[]> {
  const planned: (ReleaseStep | ReleaseOutcome)[] = []
  for (const release of releases) planned.push(await stepOf(tx, release))
  const steps = planned.filter(isStep)
  const [first] = steps
  if (first === undefined) return planned.map((one) => (isStep(one) ? 'gone' : one))
  const about = { path: first.path, files: steps.length }
  const id = await tx.begin({ before: about, ...facts }, steps)
  const outcomes = new Map<ReleaseStep, ReleaseOutcome>()
  for (const step of steps) outcomes.set(step, await performStep(tx, step))
  await flushFoldersOf(tx, steps)
  const kept = steps.flatMap((step, index) => (outcomes.get(step) === 'removed' ? [] : [index]))
  const settled = await areSettled(tx, steps, [...outcomes.values()])
  if (settled) await settle(tx, { ...facts, id, steps: steps.length, kept })
  return planned.map((one) => (isStep(one) ? (outcomes.get(one) ?? 'gone') : one))
}

/** Ends an operation; one that removed nothing counts as undone. */
async function settle(tx: StoreTx, { op, syncViews, ...result }: Settled): Promise<void> {
  const { id, steps, kept } = result
  if (kept.length === steps) await tx.markUndone(id, op)
  else if (syncViews === true) await tx.endOnceViewsSynced(id)
  else await tx.end(id, { kept })
}

/**
 * Reports whether none of the files is left under its temporary name; false where that is unknown.
 */
async function areSettled(
  tx: StoreTx,
  steps: readonly ReleaseStep[],
  outcomes: readonly ReleaseOutcome[],
): Promise<boolean> {
  for (const [index, step] of steps.entries()) {
    const outcome = outcomes[index]
    if (outcome === undefined) return false
    if (!isError(outcome) && outcome !== 'name_taken') continue
    if (await isTaken(tx, step.aside)) return false
  }
  return true
}

async function isTaken(
  tx: Pick<StoreTx, 'outside' | 'paths'>,
  relative: StorePath,
): Promise<boolean> {
  const path = tx.paths.absolute(relative)
  try {
    return await tx.outside.call(path, 'name_taken', path)
  } catch {
    return true
  }
}

async function flushFoldersOf(tx: StoreTx, steps: readonly ReleaseStep[]): Promise<void> {
  for (const folder of new Set(steps.map(({ path }) => dirname(tx.paths.absolute(path))))) {
    await tx.outside.call(`${folder}/_`, 'flush_folder', folder).catch(passWhereOffline)
  }
}

function passWhereOffline(error: unknown): void {
  if (!isAppError(error, 'path.offline')) throw error
}

/** An original that is left under its temporary name, because its own name is taken. */
export interface SetAside {
  /** Absolute. */
  readonly path: string
  readonly aside: string
}

function releaseSteps(operation: JournalOperation): ReleaseStep[] {
  return stepsOf(operation).filter((step) => step.do === 'release')
}

/**
 * Returns the originals of operations that could not be finished, and where they are now. Folders
 * that do not answer at once are left out.
 */
export async function filesSetAside(
  { outside, paths }: Pick<StoreTx, 'outside' | 'paths'>,
  open: readonly JournalOperation[],
): Promise<SetAside[]> {
  const waiting: SetAside[] = []
  for (const step of open.flatMap(releaseSteps)) {
    const [path, aside] = [paths.absolute(step.path), paths.absolute(step.aside)]
    try {
      await outside.requireReachable([aside], 'brief')
      if (await outside.call(aside, 'name_taken', aside)) waiting.push({ path, aside })
    } catch (error) {
      passWhereOffline(error)
    }
  }
  return waiting
}

/** Returns one sentence on an original that is left under another name. */
export function setAsideText({ path, aside }: SetAside): string {
  return `${aside} is the file that was to be removed from ${path}, where another one is now; rename one of them`
}

/** Restores the names of an interrupted removal; returns where each file is then. */
async function putAllBack(tx: StoreTx, steps: readonly ReleaseStep[]): Promise<PutBack[]> {
  const states: PutBack[] = []
  for (const step of steps) {
    states.push(await tx.outside.call(tx.paths.absolute(step.path), 'put_back', step))
  }
  return states
}

/**
 * Reverts an interrupted removal: renamed files get their names back. The operation stays open
 * while that is impossible: another file took the name, or the disk of the original is not
 * connected.
 * @throws path.offline, disk.*
 */
export async function finishRelease(tx: StoreTx, open: JournalOperation): Promise<void> {
  const states = await putAllBack(tx, releaseSteps(open))
  if (states.includes('waiting')) return
  const kept = states.flatMap((state, index) => (state === 'there' ? [index] : []))
  const { id } = open.begin
  const op = open.begin.op as ReleaseFacts['op']
  const syncViews = open.begin['views_follow'] === true
  await settle(tx, { op, syncViews, id, steps: states.length, kept })
}
