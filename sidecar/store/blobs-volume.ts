/**
 * Where the bytes of models go: the volume of the blobs, which may differ from that of the rest.
 */
import fs from 'node:fs'
import { dirname } from 'node:path'
import { mayRename } from '../platform/folder-pairs.ts'
import type { StorePaths } from './store-paths.ts'

/** Returns an existing folder on the volume of the blobs. */
export function blobsVolume(paths: StorePaths): string {
  return fs.existsSync(paths.blobs) ? paths.blobs : paths.data
}

/**
 * Returns the folder in which bytes wait until they are a blob: beside the blobs, so that from
 * there to their name is one rename, whatever is mounted where.
 */
export function stagingFolder(paths: StorePaths): string {
  return paths.blobsTemporary
}

/**
 * Returns the folder in which deleted bytes wait for their expiry: the usual one where they can be
 * renamed to it, else one beside the blobs.
 */
export function trashFolder(paths: StorePaths): string {
  const usual = fs.existsSync(paths.trash) ? paths.trash : paths.data
  return mayRename(blobsVolume(paths), usual) ? paths.trash : paths.blobsTrash
}

/** Reports whether a file outside can probably be renamed to a blob; see {@link mayRename}. */
export function mayRenameToBlob(paths: StorePaths, file: string): boolean {
  return mayRename(dirname(file), blobsVolume(paths))
}
