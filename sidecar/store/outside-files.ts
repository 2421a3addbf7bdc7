/**
 * Calls on files that are not the store's. Their file system may stop answering at any time, and a
 * process that is in a call then hangs: so each call has a name and an input by which another
 * process can make it.
 */
import fs from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { isAppError } from '../../schemas/errors.ts'
import { isAsideName } from '../platform/aside-name.ts'
import { errnoOf } from '../platform/disk-calls.ts'
import { removeName } from '../platform/disk.ts'
import { nameTaken } from '../platform/name-taken.ts'
import { flushFolder } from '../platform/folders.ts'
import { identityAt } from '../platform/file-identity.ts'
import { removeDuplicate, putBack } from '../platform/remove-duplicate.ts'
import { partialsIn } from '../platform/partial-files.ts'
import type { Patience } from '../platform/mount-caller.ts'
import { isTemporaryName } from '../platform/temporary-names.ts'
import { type Step } from './steps.ts'
import { undoConflict } from './undo-conflict.ts'
import { applySteps } from './apply-steps.ts'
import { atPaths, discardBringBack, stageBringBack } from './release-step.ts'
import type { BringBackStep, ReleaseStep } from './release-step.ts'
import type { StorePaths } from './store-paths.ts'

/** What is recorded of an original before it is removed. */
export interface DescribedOriginal extends Pick<ReleaseStep, 'mode' | 'accessed_ms'> {
  /** The inode of its folder. */
  readonly folder_ino: string
}

function describeOriginal(path: string): DescribedOriginal | null {
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  const folder = fs.statSync(dirname(path), { bigint: true, throwIfNoEntry: false })
  if (stat === undefined || folder === undefined) return null
  return {
    mode: stat.mode & 0o7777,
    accessed_ms: stat.atimeMs,
    folder_ino: String(folder.ino),
  }
}

function namesOf(paths: StorePaths, step: ReleaseStep): ReleaseStep {
  return { ...step, path: paths.absolute(step.path), aside: paths.absolute(step.aside) }
}

/** Where an original is after its interrupted removal was reverted. */
export type PutBack = 'there' | 'gone' | 'waiting'

/**
 * Reports whether the folder of an original is still the one in which it was renamed: another disk
 * may be mounted there now. Folders of the store are recognized by its ids.
 */
function isFolderHere(paths: StorePaths, { path, folder_ino }: ReleaseStep): boolean {
  const folder = dirname(paths.absolute(path))
  const stat = fs.statSync(folder, { bigint: true, throwIfNoEntry: false })
  if (stat === undefined) return false
  return !isAbsolute(path) || String(stat.ino) === folder_ino
}

async function putOriginalBack(paths: StorePaths, step: ReleaseStep): Promise<PutBack> {
  const { path, aside } = namesOf(paths, step)
  if (!isFolderHere(paths, step) || !putBack(aside, path)) return 'waiting'
  await flushFolder(dirname(path))
  return nameTaken(path) ? 'there' : 'gone'
}

/** The target of a symbolic link; null where there is none. */
function linkTarget(path: string): string | null {
  const link = fs.lstatSync(path, { throwIfNoEntry: false })
  return link?.isSymbolicLink() === true ? fs.readlinkSync(path) : null
}

/** Files in a folder that were renamed for their removal. */
function asidesIn(folder: string): string[] {
  try {
    const names = fs.readdirSync(folder).filter(isAsideName)
    return names.map((name) => join(folder, name))
  } catch {
    return []
  }
}

/** The calls, each with the paths of the store and its input. */
const CALLS = {
  identity: (_paths: StorePaths, path: string) => identityAt(path),
  name_taken: (_paths: StorePaths, path: string) => nameTaken(path),
  asides_in: (_paths: StorePaths, folder: string) => asidesIn(folder),
  partials_in: (_paths: StorePaths, folder: string) => partialsIn(folder, isTemporaryName),
  remove_name: (_paths: StorePaths, path: string) => removeName(path),
  link_target: (_paths: StorePaths, path: string) => linkTarget(path),
  describe_original: (_paths: StorePaths, path: string) => describeOriginal(path),
  /** As `removeDuplicate`; the caller flushes the folder. */
  remove_duplicate: (paths: StorePaths, step: ReleaseStep) =>
    removeDuplicate({ ...namesOf(paths, step), copy: paths.at(step.copy) }),
  put_back: (paths: StorePaths, step: ReleaseStep) => putOriginalBack(paths, step),
  flush_folder: async (_paths: StorePaths, folder: string) => {
    if (fs.existsSync(folder)) await flushFolder(folder)
  },
  make_step: (paths: StorePaths, step: Step) => applySteps(paths, [step]),
  undo_conflict: (paths: StorePaths, step: Step) => undoConflict(paths, step),
  stage_copy: (paths: StorePaths, step: BringBackStep) =>
    stageBringBack(paths.at(step.from), atPaths(paths, step)),
  discard_copy: (paths: StorePaths, step: BringBackStep) => discardBringBack(atPaths(paths, step)),
} as const

type Calls = typeof CALLS

/** The name of a call. */
export type OutsideCall = keyof Calls

/** The input of a call. */
export type OutsideInput<N extends OutsideCall> = Parameters<Calls[N]>[1]

/** The result of a call. */
export type OutsideAnswer<N extends OutsideCall> = Awaited<ReturnType<Calls[N]>>

/** Makes a call in this process. @throws disk.*, errors of the system */
export async function callHere<N extends OutsideCall>(
  paths: StorePaths,
  name: N,
  input: OutsideInput<N>,
): Promise<OutsideAnswer<N>> {
  const call = CALLS[name] as (
    paths: StorePaths,
    input: OutsideInput<N>,
  ) => OutsideAnswer<N> | Promise<OutsideAnswer<N>>
  return call(paths, input)
}

/** How operations reach files that are not the store's. */
export interface OutsideFiles {
  /**
   * Returns if the folders of all paths answer.
   * @param patience `brief`: a folder that does not answer at once counts as offline
   * @throws path.offline
   */
  requireReachable(paths: readonly string[], patience?: Patience): Promise<void>
  /**
   * The real path of a path, links followed; for a missing file, the one it would have.
   * @throws path.offline, errors of the system
   */
  realPath(path: string): Promise<{ readonly path: string; readonly exists: boolean }>
  /**
   * Makes a call in a process that may hang without harm.
   * @param path is on the file system of the call
   * @throws path.offline, and as the call itself
   */
  call<N extends OutsideCall>(
    path: string,
    name: N,
    input: OutsideInput<N>,
  ): Promise<OutsideAnswer<N>>
}

/** Lists files of a folder; none where it is gone or does not answer at once. */
export async function listOutside<N extends 'asides_in' | 'partials_in'>(
  outside: OutsideFiles,
  name: N,
  folder: string,
): Promise<OutsideAnswer<N> | []> {
  const within = join(folder, '_')
  try {
    await outside.requireReachable([within], 'brief')
    return await outside.call(within, name, folder)
  } catch (error) {
    if (isAppError(error, 'path.offline')) return []
    throw error
  }
}

/** Returns access to outside files within this process, as if they were the store's. */
export function reachedHere(paths: StorePaths): OutsideFiles {
  return {
    requireReachable: () => Promise.resolve(),
    realPath: async (path) => realPathHere(path),
    call: (_path, name, input) => callHere(paths, name, input),
  }
}

function realPathHere(path: string): { path: string; exists: boolean } {
  try {
    return { path: fs.realpathSync(path), exists: true }
  } catch (error) {
    if (!['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG'].includes(errnoOf(error))) throw error
  }
  const above = dirname(path)
  if (above === path) return { path, exists: false }
  return { path: `${realPathHere(above).path}${path.slice(above.length)}`, exists: false }
}
