/** Making folders, removing empty ones, flushing the names in them. */
import fs from 'node:fs'
import { dirname } from 'node:path'
import * as calls from './disk-calls.ts'
import { diskErrorAt } from './disk-error.ts'
import { requireMayMake } from './folder-guards.ts'

/**
 * Creates the folder `path` and those above it; each new name is flushed. Existing folders are
 * kept.
 * @throws disk.*, and what a guard of the folder throws: see {@link requireMayMake}
 */
export async function ensureFolder(path: string): Promise<void> {
  if (fs.existsSync(path)) return
  requireMayMake(path)
  const parent = dirname(path)
  if (parent !== path) await ensureFolder(parent)
  try {
    calls.makeFolder(path)
  } catch (error) {
    if (calls.errnoOf(error) !== 'EEXIST') throw diskErrorAt(error, path)
  }
  await flushFolder(parent)
}

/**
 * Removes a folder if it is empty.
 * @returns false where it is not empty or not there
 */
export function removeEmptyFolder(path: string): boolean {
  try {
    calls.removeFolder(path)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOENT', 'ENOTDIR'].includes(calls.errnoOf(error))) return false
    throw diskErrorAt(error, path)
  }
}

/**
 * Makes one folder; the caller flushes its parent.
 * @returns false where `path` exists
 * @throws disk.*
 */
export function makeFolder(path: string): boolean {
  requireMayMake(path)
  try {
    calls.makeFolder(path)
    return true
  } catch (error) {
    if (calls.errnoOf(error) === 'EEXIST') return false
    throw diskErrorAt(error, path)
  }
}

/** Flushes the names in a folder. @throws disk.* */
export async function flushFolder(path: string): Promise<void> {
  try {
    await calls.flushFolder(path)
  } catch (error) {
    throw diskErrorAt(error, path)
  }
}
