/** Where the bytes of a digest are, whichever location holds them. */
import fs from 'node:fs'
import { AppError } from '../../schemas/errors.ts'
import type { Sha256 } from '../../schemas/ids.ts'
import {
  STORE_LOCATION,
  type EntryKind,
  type EntryOf,
  type LocationEntry,
  type LocationId,
} from '../../schemas/locations.ts'
import { identityAt, isUnchanged } from '../platform/file-identity.ts'
import { mayTouch } from '../platform/mounts.ts'
import { realInside, resolveInside } from '../platform/resolve-inside.ts'
import type { KnownFile, KnownFiles } from './file-ledger.ts'
import type { StorePaths } from './store-paths.ts'

/** A file that holds the bytes of a digest, as far as its size and times show. */
export interface LocatedFile {
  readonly location: LocationId
  /** Absolute. */
  readonly path: string
}

/** The locations to search. */
export interface LocateSource {
  readonly paths: StorePaths
  readonly locations: readonly LocationEntry[]
  readonly files: (location: LocationId) => KnownFiles
}

/** Kind → the folder on this machine below which the files of a location are; null for none. */
const FOLDERS: { readonly [K in EntryKind]: (entry: EntryOf<K>) => string | null } = {
  folder: ({ path }) => path,
}

/**
 * Returns the absolute folder of a location whose files can be linked to; null for one whose bytes
 * have to be fetched first.
 */
export function linkableFolder<K extends EntryKind>(entry: EntryOf<K>): string | null {
  return FOLDERS[entry.kind](entry)
}

/**
 * Finds a file with the bytes of a digest: the store's own copy, else a hashed file of a folder
 * that is still what was hashed. Folders that might not answer are skipped, and so are locations
 * that are not folders of this machine.
 */
export function locate(source: LocateSource, sha256: Sha256): LocatedFile | null {
  const path = source.paths.blob(sha256)
  if (fs.statSync(path, { throwIfNoEntry: false })?.isFile() === true) {
    return { location: STORE_LOCATION, path }
  }
  for (const location of source.locations) {
    const root = linkableFolder(location)
    if (root === null) continue
    for (const file of source.files(location.id).of(sha256)) {
      const found = intactPath(root, file)
      if (found !== null) return { location: location.id, path: found }
    }
  }
  return null
}

/**
 * The real path of a file that is as its ledger records it; null for any other, and for one outside
 * the location.
 */
function intactPath(root: string, { path, seen }: KnownFile): string | null {
  const absolute = resolveInside(root, path)
  if (!mayTouch(absolute)) return null
  const real = realPath(root, absolute)
  const now = real === null ? null : identityAt(real)
  return now !== null && isUnchanged(now, seen) ? real : null
}

function realPath(root: string, path: string): string | null {
  try {
    return realInside(root, path)
  } catch (error) {
    if (error instanceof AppError) return null
    throw error
  }
}
