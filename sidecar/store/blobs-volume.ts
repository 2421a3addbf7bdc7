/** Where bytes of models go: the volume of the blobs, which need not be that of the rest. */
import fs from 'node:fs'
import { identityOf } from '../platform/file-identity.ts'
import { liesElsewhere } from '../platform/move-across.ts'
import type { StorePaths } from './store-paths.ts'

/** A folder that is there, on the volume of the blobs. */
export function blobsVolume(paths: StorePaths): string {
  return fs.existsSync(paths.blobs) ? paths.blobs : paths.data
}

/** The device of the blobs, as files tell theirs. */
export function blobsDevice(paths: StorePaths): bigint {
  return identityOf(fs.statSync(blobsVolume(paths), { bigint: true })).dev
}

/**
 * The folder in which bytes wait until they are a blob: `tmp/`, or, where the blobs are another
 * volume, a folder beside them. From there to their name is one rename.
 */
export function waitingFolder(paths: StorePaths): string {
  const usual = fs.existsSync(paths.temporary) ? paths.temporary : paths.data
  return liesElsewhere(usual, paths.blobs) ? paths.blobsTemporary : paths.temporary
}

/** The folder in which deleted bytes wait for their expiry: on the volume of the blobs. */
export function trashFolder(paths: StorePaths): string {
  const usual = fs.existsSync(paths.trash) ? paths.trash : paths.data
  return liesElsewhere(usual, paths.blobs) ? paths.blobsTrash : paths.trash
}
