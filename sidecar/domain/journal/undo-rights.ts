/**
 * Who may undo what: a caller may only cause changes that he could request himself. Derived from
 * the steps that would be reverted, so that it holds for records of any version.
 */
import { isAbsolute, posix } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import { contains } from '../../platform/resolve-inside.ts'
import type { JournalOperation } from '../../store/journal.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { stepsOf } from '../../store/steps.ts'
import { kindOf } from './operations/operations.ts'

/** The rights of a caller: the owner's, or those of a paired browser. */
export interface Rights {
  readonly scope: 'owner' | 'panel'
  /**
   * Returns the real path of an absolute path, existing or not, of a paired browser's operations;
   * null where it is unknown. Without it such a browser may undo nothing outside the store.
   */
  readonly leadsTo?: (path: string) => Promise<string | null>
}

/** The rights of the command. */
export const OWNER: Rights = { scope: 'owner' }

/** Folders of the store in which a paired browser changes things. */
const ANYBODYS_FOLDERS = [
  'state/packs/',
  'state/profiles/',
  'data/blobs/',
  'data/ledger/',
  'data/quarantine/',
  'data/tmp/',
  'data/trash/',
  'data/views/',
]

const isAnybodysPath = (path: string) =>
  posix.normalize(path) === path && ANYBODYS_FOLDERS.some((folder) => path.startsWith(folder))

/** Keys of steps whose values are texts, not paths. */
// The target of a symbolic link is restored as it was: no caller chooses it.
const TEXTS = new Set(['do', 'target', 'before', 'after', 'text', 'forward', 'back', 'seen'])

/** Paths in a step; all fields of a patch but `path` are digests. */
function pathsOf(step: Readonly<Record<string, unknown>>): string[] {
  if (step['do'] === 'patch') return typeof step['path'] === 'string' ? [step['path']] : []
  return Object.entries(step)
    .filter(([key]) => !TEXTS.has(key))
    .flatMap(([, value]) => stringsIn(value))
}

function stringsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (value === null || typeof value !== 'object') return []
  return Object.entries(value)
    .filter(([key]) => !TEXTS.has(key))
    .flatMap(([, held]) => stringsIn(held))
}

/**
 * Reports whether a paired browser may name an absolute path of this machine; false where a folder
 * does not answer.
 */
async function isAllowedPath(
  reader: StoreReader,
  { leadsTo }: Rights,
  path: string,
): Promise<boolean> {
  const real = await leadsTo?.(path)
  if (real === undefined || real === null) return false
  for (const root of reader.machine().import_roots) {
    const realRoot = await leadsTo?.(root)
    if (typeof realRoot === 'string' && contains(realRoot, real)) return true
  }
  return false
}

function forbidden(detail: string): AppError {
  return new AppError('auth.forbidden', detail, {
    hint: 'Only the owner may do that: by command, or on the page that `synapse serve` links to.',
  })
}

/** Digests and names are not paths; paths in the store have a folder. */
const isPath = (text: string) => isAbsolute(text) || text.includes('/')

/** The user's file that an import took, if its record names one. */
function originalOf({ begin }: JournalOperation): string[] {
  const { path } = begin.before
  return typeof path === 'string' && isAbsolute(path) ? [path] : []
}

/**
 * Returns why a caller may not undo an operation, or null where he may.
 * @returns auth.forbidden, or auth.path_not_allowed for files outside the import roots
 */
export async function whyNotAllowed(
  reader: StoreReader,
  rights: Rights,
  operation: JournalOperation,
): Promise<AppError | null> {
  if (rights.scope === 'owner') return null
  if (kindOf(operation.begin.op)?.panel !== true)
    return forbidden(`Only the owner may undo ${operation.begin.op}`)
  const named = stepsOf(operation).flatMap((step) => pathsOf({ ...step }))
  const paths = [...named.filter(isPath), ...originalOf(operation)]
  const forbiddenPath = paths.find((path) => !isAbsolute(path) && !isAnybodysPath(path))
  if (forbiddenPath !== undefined) return forbidden(`Only the owner may change ${forbiddenPath}`)
  for (const path of new Set(paths.filter((path) => isAbsolute(path)))) {
    if (!(await isAllowedPath(reader, rights, path))) return notAllowed(path)
  }
  return null
}

function notAllowed(path: string): AppError {
  return new AppError('auth.path_not_allowed', `This browser may not change ${path}`, {
    hint: 'Undo it by command, or on the page that `synapse serve` links to.',
  })
}
