/**
 * Roots at which there was a store, remembered outside of it: an empty folder at such a root means
 * a disconnected disk, not room for a new store.
 */
import fs from 'node:fs'
import * as v from 'valibot'
import { documentText } from '../../../schemas/json.ts'
import { replaceFile } from '../../platform/disk.ts'
import { ensureFolder } from '../../platform/folders.ts'
import { readRunFile, type Home } from './home.ts'

const KnownRoots = v.looseObject({ roots: v.array(v.string()) })

/** How many roots are remembered, the latest ones. */
const MAX_ROOTS = 200

function readRoots(home: Home): readonly string[] {
  return readRunFile(home.rootsFile, KnownRoots)?.roots ?? []
}

/** Reports whether a store is known to have been at a root (its real path, where it has one). */
export function isKnownStore(home: Home, root: string): boolean {
  return readRoots(home).includes(root)
}

/** Homes and roots that this process has recorded. */
const remembered = new Set<string>()

/**
 * Remembers that there is a store at a root. Never fails: if the home is not writable, only the
 * later warning is lost.
 */
export async function rememberStore(home: Home, root: string): Promise<void> {
  const key = `${home.folder}\0${root}`
  if (remembered.has(key)) return
  remembered.add(key)
  if (isKnownStore(home, root) || !fs.existsSync(root)) return
  try {
    const roots = [...readRoots(home), root].slice(-MAX_ROOTS)
    await ensureFolder(home.folder)
    await replaceFile(home.rootsFile, documentText({ schema: 'synapse.roots.v1', roots }))
  } catch {
    remembered.delete(key)
  }
}
