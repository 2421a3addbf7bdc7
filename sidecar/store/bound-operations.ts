/**
 * Open operations are bound to the store that began them. A copy of the store holds them too, but
 * the outside files that they name belong to the original store: the copy leaves them alone.
 */
import { isAbsolute, join } from 'node:path'
import { isOneFile } from '../platform/file-identity.ts'
import { mayTouch } from '../platform/mounts.ts'
import { contains } from '../platform/resolve-inside.ts'
import type { JournalOperation } from './journal.ts'
import { bindingOf, ID_FILE, readStoreId, type StoreBinding } from './store-identity.ts'
import type { StorePaths } from './store-paths.ts'

/** Every text in a JSON value. */
function* textsIn(value: unknown): Generator<string> {
  if (typeof value === 'string') yield value
  else if (typeof value === 'object' && value !== null) {
    for (const inner of Object.values(value)) yield* textsIn(inner)
  }
}

/** The paths that resuming an operation may change: those of its steps, else all that it names. */
function pathsOf({ begin }: JournalOperation): string[] {
  const steps = begin['steps']
  if (!Array.isArray(steps)) return [...textsIn([begin.before, begin.after])]
  return pathsOfSteps(steps as object[])
}

function pathsOfSteps(steps: readonly object[]): string[] {
  return (steps as Readonly<Record<string, unknown>>[]).flatMap((step) =>
    [step['path'], step['from'], step['to']].filter((path) => typeof path === 'string'),
  )
}

/** Returns files outside of the store that an operation names, sorted. */
export function outsidePaths(paths: StorePaths, operation: JournalOperation): string[] {
  return outsideAmong(paths, pathsOf(operation))
}

/** Returns files outside of the store that steps name, sorted. */
export function outsideOf(paths: StorePaths, steps: readonly object[]): string[] {
  return outsideAmong(paths, pathsOfSteps(steps))
}

function outsideAmong(paths: StorePaths, named: readonly string[]): string[] {
  const outside = named.filter((path) => isAbsolute(path) && !contains(paths.root, path))
  return [...new Set(outside)].sort()
}

/**
 * Reports whether the original of a snapshot is still where it was. Mounts that may hang are not
 * searched.
 */
function isSnapshotOf({ root, store }: StoreBinding, first: string): boolean {
  if (first === root || !mayTouch(first)) return false
  const [there, here] = [join(first, 'data'), join(root, 'data')]
  return readStoreId(there) === store && !isOneFile(join(there, ID_FILE), join(here, ID_FILE))
}

/** Reports whether an operation began in the store with these ids; true for one without ids. */
function beganHere({ begin }: JournalOperation, here: StoreBinding | null): boolean {
  const { store, data_ino, root } = begin as Partial<Record<keyof StoreBinding, unknown>>
  if (store === undefined) return true
  if (store !== here?.store || data_ino !== here.data_ino || data_ino === '0') return false
  return typeof root !== 'string' || !isSnapshotOf(here, root)
}

/**
 * Reports whether finishing an open operation is up to another store: it began in the store that
 * this one was copied from, and names files outside of it.
 */
export function isElsewhere(paths: StorePaths, operation: JournalOperation): boolean {
  return outsidePaths(paths, operation).length > 0 && !beganHere(operation, bindingOf(paths))
}
