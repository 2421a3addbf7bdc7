/** How links are made in this store, as the probe of its volumes found. */
import fs from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { ProfileName, Sha256 } from '../../../schemas/ids.ts'
import type { LinkForm } from '../../../schemas/records.ts'
import { errnoOf, type SymlinkType } from '../../platform/disk-calls.ts'
import { identityOf, isSameInode } from '../../platform/file-identity.ts'
import { ACTIVE_SLOT, type StorePaths } from '../../store/store-paths.ts'

/** How files and folders are linked. */
export interface LinkStyle {
  /** Null where the volume can hold no link to a file at all. */
  readonly file: LinkForm | null
  /** `none`: the active folder itself is changed link by link. */
  readonly folder: SymlinkType | 'none'
  readonly foldCase: boolean
  /** The finest step of a folder's modification time, milliseconds. */
  readonly stampStep: number
}

/**
 * The name under which a profile's view is kept: its own, or, where the volume has no links to
 * folders, that of the one active folder.
 */
export function viewSlot(style: LinkStyle, profile: ProfileName): ProfileName {
  return style.folder === 'none' ? ACTIVE_SLOT : profile
}

/** What makes two paths the same on this volume. */
export function pathFold(style: LinkStyle): (path: string) => string {
  return style.foldCase ? (path) => path.normalize('NFC').toLowerCase() : (path) => path
}

/** What a link at `path` to a blob has as its target; a hard link has none. */
export function targetOf(paths: StorePaths, form: LinkForm, path: string, sha256: Sha256): string {
  const blob = paths.blob(sha256)
  if (form === 'symlink') return relative(dirname(path), blob)
  return form === 'absolute_symlink' ? blob : ''
}

const BLOB_TARGET = /(?:^|[\\/])blobs[\\/]sha256[\\/][0-9a-f]{2}[\\/](?<sha256>[0-9a-f]{64})$/u

/**
 * The blob that a symbolic link leads to, told by its target's form alone: also a link of another
 * program's to this store, or to where this store once was. Null for any other link.
 */
export function blobOfTarget(target: string): Sha256 | null {
  return (BLOB_TARGET.exec(target)?.groups?.['sha256'] ?? null) as Sha256 | null
}

/** What stands at a path of a view. */
export type Standing =
  | { readonly is: 'nothing' }
  | { readonly is: 'link'; readonly sha256: Sha256; readonly target: string }
  | { readonly is: 'folder' }
  | { readonly is: 'foreign'; readonly size_bytes: number; readonly modified_ms: number }

/**
 * Looks at a path of a view. A link is one of ours where it leads to a blob of this store, as a
 * symbolic link or, with `expected` given, as a hard link to that blob.
 */
export function standingAt(paths: StorePaths, path: string, expected: Sha256 | null): Standing {
  const stat = lookAt(path)
  if (stat === undefined) return { is: 'nothing' }
  if (stat.isDirectory()) return { is: 'folder' }
  if (stat.isSymbolicLink()) {
    const target = fs.readlinkSync(path)
    const sha256 = blobOfTarget(target)
    if (sha256 !== null && leadsHere(paths, path, target, sha256)) {
      return { is: 'link', sha256, target }
    }
  } else if (expected !== null && isBlobItself(paths, stat, expected)) {
    return { is: 'link', sha256: expected, target: '' }
  }
  return { is: 'foreign', size_bytes: Number(stat.size), modified_ms: Number(stat.mtimeMs) }
}

/** Below a file there is nothing. */
function lookAt(path: string): fs.BigIntStats | undefined {
  try {
    return fs.lstatSync(path, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function isBlobItself(paths: StorePaths, stat: fs.BigIntStats, sha256: Sha256): boolean {
  const blob = fs.statSync(paths.blob(sha256), { bigint: true, throwIfNoEntry: false })
  return blob !== undefined && isSameInode(identityOf(blob), identityOf(stat))
}

/** A link to a blob path of another store is somebody's, unless that store is gone. */
function leadsHere(paths: StorePaths, path: string, target: string, sha256: Sha256): boolean {
  const absolute = join(dirname(path), target)
  const lexical = target.startsWith('/') || /^[a-z]:/iu.test(target) ? target : absolute
  if (lexical === paths.blob(sha256)) return true
  const reached = fs.statSync(path, { bigint: true, throwIfNoEntry: false })
  if (reached === undefined) return true
  return isBlobItself(paths, reached, sha256)
}
