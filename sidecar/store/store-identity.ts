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
/** What `data/` remembers of `state/`; beside its own id, which is never rewritten. */
export const KNOWN_STATE_FILE = '.synapse-state'

const StoreId = v.looseObject({ store: Uuid })
const StateId = v.looseObject({ state: Uuid })

/** Null where there is no file, or none of this form. @throws disk.* */
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
 * Returns the id of the store that a folder is a part of (`data/` or `data/blobs/`); null for none.
 */
export function readStoreId(folder: string): Uuid | null {
  return readAs(join(folder, ID_FILE), StoreId)?.store ?? null
}

/** Returns the id of what is in `state/`; null where it holds none. */
export function readStateId(paths: StorePaths): Uuid | null {
  return readAs(join(paths.state, ID_FILE), StateId)?.state ?? null
}

/** Returns the id of the `state/` that `data/` belongs to; null where it remembers none. */
export function readKnownState(paths: StorePaths): Uuid | null {
  return readAs(join(paths.data, KNOWN_STATE_FILE), StateId)?.state ?? null
}

/** What an open operation is bound to. */
export interface StoreBinding {
  readonly store: Uuid
  /** The inode of `data/.synapse-id`, decimal; a copy of the store has another one. */
  readonly data_ino: string
  /** The absolute path of the store; a snapshot of it has the same inode at another one. */
  readonly root: string
}

/** Returns what operations of this store are bound to now; null before it has its ids. */
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

/** Writes the id of `state/`, and has `data/` remember it. @throws disk.* */
export async function writeStateId(paths: StorePaths, state: Uuid): Promise<void> {
  const text = documentText({ schema: 'synapse.state_id.v1', state })
  if (readStateId(paths) !== state) await replaceFile(join(paths.state, ID_FILE), text)
  await rememberState(paths, state)
}

/** Has `data/` remember which `state/` it belongs to. @throws disk.* */
export async function rememberState(paths: StorePaths, state: Uuid): Promise<void> {
  if (readKnownState(paths) === state) return
  const text = documentText({ schema: 'synapse.known_state.v1', state })
  await replaceFile(join(paths.data, KNOWN_STATE_FILE), text)
}

/** A folder of some Synapse store. */
export interface StoreFolder {
  readonly folder: string
  /** Null where only its layout tells: a store from before ids. */
  readonly store: Uuid | null
}

function storeIdOrNull(folder: string): Uuid | null {
  try {
    return readStoreId(folder)
  } catch {
    return null
  }
}

/** `blobs/sha256`, in which the models of any store lie, also of one without ids. */
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
 * Returns the part of a Synapse store (this one, a copy, another) that an absolute path is in,
 * the path itself included; null where it is in none. Looks at the folders above it alone, a
 * `stat` each: give it a real path.
 */
export function storeAbove(path: string): StoreFolder | null {
  const above = [...foldersAbove(path)]
  const marked = above.find((folder) => fs.existsSync(join(folder, ID_FILE)))
  if (marked !== undefined) return { folder: marked, store: storeIdOrNull(marked) }
  const alike = above.find(looksLikeBlobs)
  return alike === undefined ? null : { folder: alike, store: null }
}
