/** Gives the parts of a store their ids: of a new store, and of one made before there were ids. */
import fs from 'node:fs'
import { isAppError } from '../../schemas/errors.ts'
import { ensureFolder } from '../platform/folders.ts'
import { uuidv7 } from '../platform/uuid.ts'
import {
  readKnownState,
  readStateId,
  readStoreId,
  rememberState,
  writeStateId,
  writeStoreId,
} from './store-identity.ts'
import type { StorePaths } from './store-paths.ts'

/** Reports whether a part that is connected lacks its id. */
export function lacksIds(paths: StorePaths): boolean {
  const store = [paths.data, paths.blobsPart].some((folder) => readStoreId(folder) === null)
  return store || (fs.existsSync(paths.state) && readStateId(paths) === null)
}

/**
 * The id of `state/` distinguishes it from an empty folder; if the disk refuses it, nothing else is
 * lost.
 */
async function markState(paths: StorePaths, now: number): Promise<void> {
  if (!fs.existsSync(paths.state)) return
  const [own, known] = [readStateId(paths), readKnownState(paths)]
  try {
    if (own === null) await writeStateId(paths, known ?? uuidv7(now))
    else if (known === null) await rememberState(paths, own)
  } catch (error) {
    if (!isAppError(error) || !['disk.read_only', 'disk.denied'].includes(error.code)) throw error
  }
}

/**
 * Writes the missing ids: that of the blobs first and that of `data/` last, so that the next call
 * resumes after a crash in between. Needs the lock; the caller has made sure that the parts belong
 * to this store.
 * @param now milliseconds since 1970
 * @throws disk.*
 */
export async function markParts(paths: StorePaths, now: number): Promise<void> {
  const store = readStoreId(paths.data) ?? readStoreId(paths.blobsPart) ?? uuidv7(now)
  await ensureFolder(paths.blobsPart)
  await writeStoreId(paths.blobsPart, store)
  await markState(paths, now)
  await writeStoreId(paths.data, store)
}
