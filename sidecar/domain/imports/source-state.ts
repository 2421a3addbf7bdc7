/** Whether files that become blobs without copying are still what was read. */
import { isUnchanged, isUntouched, seenFile } from '../../platform/file-identity.ts'
import type { OutsideFiles } from '../../store/outside-files.ts'
import type { NamedFile } from './aliases.ts'
import type { FindContext } from './search-mounts.ts'
import { checkRest, type RestCheck, type Unrest } from '../models/at-rest.ts'
import type { ImportContext, StagedImport } from './stage-import.ts'

/** A file of an import that was read. */
export interface ReadyFile {
  readonly index: number
  readonly file: NamedFile
  readonly staged: StagedImport
}

/** Reports whether the found file itself becomes the blob. */
export const isInPlace = ({ staged }: Pick<ReadyFile, 'staged'>) => staged.temporary === null

/**
 * Returns what happened to a file since it was read: `touched` if only its change time differs;
 * then only reading it again shows whether its bytes are the same.
 * @throws path.offline
 */
export async function sourceState(
  outside: OutsideFiles,
  { file, staged }: ReadyFile,
): Promise<'same' | 'touched' | 'changed'> {
  const now = await outside.call(file.source, 'identity', file.source)
  const seen = seenFile(staged.digests)
  if (now === null || !isUnchanged(now, seen)) return 'changed'
  return isUntouched(now, seen) ? 'same' : 'touched'
}

/**
 * Reads a file again if only its change time differs.
 * @returns its current identity; null where it holds other bytes
 * @throws import.source_changed, path.offline, disk.*
 */
export async function readAgain(
  { pool }: Pick<ImportContext, 'pool'>,
  ready: ReadyFile,
): Promise<ReadyFile | null> {
  const { file, staged } = ready
  const digests = await pool.hash(file.source, { expected: file.identity })
  if (digests.sha256 !== staged.digests.sha256) return null
  return { ...ready, staged: { ...staged, digests } }
}

/** Checks whether files are at rest, in processes that may hang without harm. */
export class SourceRest {
  readonly #mounts: FindContext['mounts']
  #here: Promise<RestCheck> | null = null

  constructor(mounts: FindContext['mounts']) {
    this.#mounts = mounts
  }

  /** @throws path.offline */
  async unrest({ source, mount }: NamedFile): Promise<Unrest | null> {
    if (mount === undefined) return (await (this.#here ??= checkRest())).unrest(source)
    const task = { name: 'unrest', input: { path: source } }
    return (await this.#mounts.ask(mount, task)) as Unrest | null
  }
}
