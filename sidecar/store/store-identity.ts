/**
 * The ids by which the parts of a store are distinguished from empty mount points, other stores and
 * copies. `data/` and `data/blobs/` hold the id of the store; `state/` holds one of its own, which
 * travels with git and is remembered by `data/`.
 */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import * as v from 'valibot'
import { Uuid } from '../../schemas/ids.ts'
import { documentText, parseJson } from '../../schemas/json.ts'
import { replaceFile, writeOnce } from '../platform/disk.ts'
import { readText } from './documents.ts'
import type { StorePaths } from './store-paths.ts'

/** The name of the file that holds an id, in each part. */
export const ID_FILE = '.synapse-id'
/** The file in which `data/` remembers the id of `state/`; its own id is never rewritten. */
export const KNOWN_STATE_FILE = '.synapse-state'

const StoreId = v.looseObject({ store: Uuid })
const StateId = v.looseObject({ state: Uuid })

/** The content of a file; null where it is missing or does not match the schema. @throws disk.* */
function readAs<T extends v.GenericSchema>(path: string, schema: T): v.InferOutput<T> | null {
  const text = readText(path)
  if (text === null) return null
  try {
    const read = v.safeParse(schema, parseJson(text))
    return read.success ? read.output : null
  } catch {
    return null
  }
}

/**
 * Returns the id of the store that a folder (`data/` or `data/blobs/`) belongs to; null for none.
 */
export function readStoreId(folder: string): Uuid | null {
  return readAs(join(folder, ID_FILE), StoreId)?.store ?? null
}

/** Returns the id in `state/`; null where there is none. */
export function readStateId(paths: StorePaths): Uuid | null {
  return readAs(join(paths.state, ID_FILE), StateId)?.state ?? null
}

/** Returns the id of the `state/` that `data/` belongs to; null where it remembers none. */
export function readKnownState(paths: StorePaths): Uuid | null {
  return readAs(join(paths.data, KNOWN_STATE_FILE), StateId)?.state ?? null
}

/** The store that an open operation is bound to. */
export interface StoreBinding {
  readonly store: Uuid
  /** The inode of `data/.synapse-id`, decimal; it differs in a copy of the store. */
  readonly data_ino: string
  /** The absolute path of the store; a snapshot has the same inode at another path. */
  readonly root: string
}

/** Returns the binding of operations that begin in this store; null before it has its ids. */
export function bindingOf(paths: StorePaths): StoreBinding | null {
  const store = readStoreId(paths.data)
  if (store === null) return null
  const path = join(paths.data, ID_FILE)
  const stat = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  return stat === undefined ? null : { store, data_ino: String(stat.ino), root: paths.root }
}

/** Writes the store's id into a part, once. @throws disk.* */
export async function writeStoreId(folder: string, store: Uuid): Promise<void> {
  const path = join(folder, ID_FILE)
  const text = documentText({ schema: 'synapse.store_id.v1', store })
  if (await writeOnce(path, text)) return
  if (readStoreId(folder) === null) await replaceFile(path, text)
}

/** Writes the id of `state/`, also to `data/`. @throws disk.* */
export async function writeStateId(paths: StorePaths, state: Uuid): Promise<void> {
  const text = documentText({ schema: 'synapse.state_id.v1', state })
  if (readStateId(paths) !== state) await replaceFile(join(paths.state, ID_FILE), text)
  await rememberState(paths, state)
}

/** Records in `data/` which `state/` it belongs to. @throws disk.* */
export async function rememberState(paths: StorePaths, state: Uuid): Promise<void> {
  if (readKnownState(paths) === state) return
  const text = documentText({ schema: 'synapse.known_state.v1', state })
  await replaceFile(join(paths.data, KNOWN_STATE_FILE), text)
}

/** A folder of some Synapse store. */
export interface StoreFolder {
  readonly folder: string
  /** Null for a store made before there were ids, recognized by its layout. */
  readonly store: Uuid | null
}

function storeIdOrNull(folder: string): Uuid | null {
  try {
    return readStoreId(folder)
  } catch {
    return null
  }
}

/**
 * Reports whether a folder is `blobs/sha256`, which holds the models of any store, even of one
 * without ids.
 */
function looksLikeBlobs(folder: string): boolean {
  return basename(folder) === 'sha256' && basename(dirname(folder)) === 'blobs'
}

function* foldersAbove(path: string): Generator<string> {
  for (let folder = path; ; folder = dirname(folder)) {
    yield folder
    if (dirname(folder) === folder) return
  }
}

/**
 * Returns the part of a Synapse store (this one, a copy, another) that contains an absolute path or
 * is at it; null where there is none. Checks the folders above the path, one `stat` each, so the
 * path must be real.
 */
export function storeAbove(path: string): StoreFolder | null {
  const above = [...foldersAbove(path)]
  const marked = above.find((folder) => fs.existsSync(join(folder, ID_FILE)))
  if (marked !== undefined) return { folder: marked, store: storeIdOrNull(marked) }
  const alike = above.find(looksLikeBlobs)
  return alike === undefined ? null : { folder: alike, store: null }
}
