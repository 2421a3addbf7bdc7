/**
 * Removing originals whose bytes the store holds: one operation for up to 64 of them, written down
 * before. One that a crash left open is put back, never finished.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'
import type { Sha256 } from '../../schemas/ids.ts'
import type { SeenFile } from '../../schemas/records.ts'
import { flushFolder, nameTaken } from '../platform/disk.ts'
import { asideName } from '../platform/aside-name.ts'
import { letGo, putBack, type LetGoOutcome } from '../platform/let-go.ts'
import type { JournalAct } from './journal.ts'
import type { ReleaseStep } from './release-step.ts'
import { stepsOf, type StoreTx } from './store-tx.ts'

/** How many originals one record of the journal is about at most. */
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

/** What became of an original; `error` where the disk failed. */
export type ReleaseOutcome = LetGoOutcome | { readonly error: unknown }

function stepOf(tx: StoreTx, release: Release): ReleaseStep | null {
  const stat = fs.lstatSync(release.path, { throwIfNoEntry: false })
  const folder = fs.statSync(dirname(release.path), { bigint: true, throwIfNoEntry: false })
  if (stat === undefined || folder === undefined) return null
  return {
    do: 'release',
    path: release.path,
    aside: asideName(release.path),
    folder_ino: String(folder.ino),
    sha256: release.sha256,
    copy: tx.paths.place(tx.paths.blob(release.sha256)),
    seen: release.seen,
    copy_seen: release.copy_seen,
    mode: stat.mode & 0o7777,
    accessed_ms: stat.atimeMs,
  }
}

function performStep(tx: StoreTx, step: ReleaseStep): ReleaseOutcome {
  try {
    return letGo({ ...step, copy: tx.paths.at(step.copy) })
  } catch (error) {
    return { error }
  }
}

/**
 * Removes originals in one short step: nothing is read or waited for, so the copies must have been
 * proven before the lock was taken. Those that do not go keep their names.
 * @param releases at most {@link RELEASE_GROUP}
 * @returns what became of each, in their order
 * @throws disk.* where the journal cannot be written
 */
export async function releaseFiles(
  tx: StoreTx,
  releases: readonly Release[],
): Promise<ReleaseOutcome[]> {
  const planned = releases.map((release) => stepOf(tx, release))
  const steps = planned.filter((step) => step !== null)
  if (steps.length === 0) return releases.map(() => 'gone')
  const [first] = steps
  const about = { path: first?.path, files: steps.length }
  const id = await tx.begin({ op: 'file.release', before: about }, steps)
  const outcomes = new Map(steps.map((step) => [step, performStep(tx, step)]))
  await flushFoldersOf(steps)
  const stuck = [...outcomes].some(([step]) => nameTaken(step.aside))
  const kept = steps.flatMap((step, index) => (outcomes.get(step) === 'let_go' ? [] : [index]))
  if (!stuck) await tx.end(id, { kept })
  return planned.map((step) => (step === null ? 'gone' : (outcomes.get(step) ?? 'gone')))
}

async function flushFoldersOf(steps: readonly ReleaseStep[]): Promise<void> {
  for (const folder of new Set(steps.map(({ path }) => dirname(path)))) {
    if (fs.existsSync(folder)) await flushFolder(folder)
  }
}

/** An original that waits under the name it got before it was to go, its own name being taken. */
export interface SetAside {
  readonly path: string
  readonly aside: string
}

function releaseSteps(act: JournalAct): ReleaseStep[] {
  return stepsOf(act).filter((step) => step.do === 'release')
}

/** The originals of operations that could not be finished, and where they are now. */
export function filesSetAside(open: readonly JournalAct[]): SetAside[] {
  return open
    .flatMap(releaseSteps)
    .filter(({ aside }) => nameTaken(aside))
    .map(({ path, aside }) => ({ path, aside }))
}

/** One sentence on an original that waits under another name. */
export function setAsideText({ path, aside }: SetAside): string {
  return `${aside} is the file that was to go from ${path}, where another stands by now; rename one of them`
}

/** Says whether the folder of an original is the one in which it was renamed. */
function isFolderHere(step: ReleaseStep): boolean {
  const folder = fs.statSync(dirname(step.path), { bigint: true, throwIfNoEntry: false })
  return folder !== undefined && String(folder.ino) === step.folder_ino
}

/**
 * Puts back what an interrupted removal renamed. Stays open where that cannot be done yet: another
 * file took the name, or the disk of the original is not connected.
 * @throws disk.*
 */
export async function finishRelease(tx: StoreTx, open: JournalAct): Promise<void> {
  const steps = releaseSteps(open)
  const waiting = steps.filter((step) => {
    return !isFolderHere(step) || !putBack(step.aside, step.path)
  })
  await flushFoldersOf(steps.filter((step) => isFolderHere(step)))
  if (waiting.length > 0) return
  const kept = steps.flatMap(({ path }, index) => (nameTaken(path) ? [index] : []))
  await tx.end(open.begin.id, { kept })
}
