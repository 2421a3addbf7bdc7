/**
 * What stands at a path of a view. A copy that follows links, a tool without links and a person may
 * each have put another form of the same thing there.
 */
import fs, { type BigIntStats } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Sha256 } from '../../../schemas/ids.ts'
import { errnoOf } from '../../platform/disk-calls.ts'
import { identityOf, isSameInode } from '../../platform/file-identity.ts'
import { mayTouch } from '../../platform/places.ts'
import type { StorePaths } from '../../store/store-paths.ts'

const BLOB_TARGET = /(?:^|[\\/])blobs[\\/]sha256[\\/][0-9a-f]{2}[\\/](?<sha256>[0-9a-f]{64})$/u

/** No target of a link of ours is longer. */
const MAX_TARGET_BYTES = 4096

/**
 * Returns the blob that a symbolic link names, told by its target's form alone: also a link of
 * another program's to this store, or to where this store once was. Null for any other link.
 */
export function blobOfTarget(target: string): Sha256 | null {
  return (BLOB_TARGET.exec(target)?.groups?.['sha256'] ?? null) as Sha256 | null
}

/** What stands at a path of a view. */
export type PathState =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'link'
      readonly sha256: Sha256
      readonly target: string
      /** False where it leads to where the store once was, or was copied from. */
      readonly leads: boolean
    }
  /** A file that holds the target of a link to a blob, as tools leave it that make no links. */
  | { readonly kind: 'text'; readonly sha256: Sha256 }
  /**
   * A file as large as the expected blob, or as what is recorded of one that is not here: stands in
   * for the link until its digest is known. So a hard link outlives its blob.
   */
  | { readonly kind: 'copy'; readonly sha256: Sha256; readonly size_bytes: number }
  | { readonly kind: 'folder' }
  | { readonly kind: 'foreign'; readonly size_bytes: number }

/**
 * Looks at a path of a view. A symbolic link is one of ours where it says what the ledger says, be
 * its target what it may. One that the ledger does not know is taken for ours where it leads to a
 * blob of this store, or of a store that is gone; so is a hard link to the blob `expected`.
 * @param expected the digest to which a link of ours should lead here; null where none should
 * @param recorded the target of the link that the ledger has here
 */
export function inspectPath(
  paths: StorePaths,
  path: string,
  expected: Sha256 | null,
  recorded?: string,
): PathState {
  const stat = lookAt(path)
  if (stat === undefined) return { kind: 'nothing' }
  if (stat.isDirectory()) return { kind: 'folder' }
  if (stat.isSymbolicLink()) {
    const link = linkAt(paths, path, expected, recorded)
    if (link !== null) return link
  } else if (stat.isFile()) {
    const form = formOfFile(paths, path, stat, expected)
    if (form !== null) return form
  }
  return { kind: 'foreign', size_bytes: Number(stat.size) }
}

/** The link of ours that a symbolic link is; null where it is somebody's. */
function linkAt(
  paths: StorePaths,
  path: string,
  expected: Sha256 | null,
  recorded: string | undefined,
): PathState | null {
  const target = fs.readlinkSync(path)
  const named = blobOfTarget(target)
  if (expected !== null && target === recorded) {
    const leads = named === null ? leadsToFile(path, target) : leadsHere(paths, path, target, named)
    return { kind: 'link', sha256: expected, target, leads: leads ?? false }
  }
  const leads = named === null ? null : leadsHere(paths, path, target, named)
  return named === null || leads === null ? null : { kind: 'link', sha256: named, target, leads }
}

/** Reports whether a link leads to a file; one on a disk that might not answer is believed. */
function leadsToFile(path: string, target: string): boolean {
  const isAbsolute = target.startsWith('/') || /^[a-z]:/iu.test(target)
  if (!mayTouch(isAbsolute ? target : join(dirname(path), target))) return true
  return fs.statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** The form of a link of ours that a regular file is; null for none. */
function formOfFile(
  paths: StorePaths,
  path: string,
  stat: BigIntStats,
  expected: Sha256 | null,
): PathState | null {
  if (expected !== null) {
    const blob = fs.statSync(paths.blob(expected), { throwIfNoEntry: false, bigint: true })
    if (isOneFile(blob, stat)) return { kind: 'link', sha256: expected, target: '', leads: true }
    if (blob?.size === stat.size && stat.size > 0n) {
      return { kind: 'copy', sha256: expected, size_bytes: Number(stat.size) }
    }
  }
  const sha256 = stat.size <= MAX_TARGET_BYTES ? blobOfText(path) : null
  return sha256 === null ? null : { kind: 'text', sha256 }
}

/** The blob whose link's target is all that a small file holds, or null. */
function blobOfText(path: string): Sha256 | null {
  try {
    const text = fs.readFileSync(path, 'utf8').replace(/\r?\n$/u, '')
    return text.includes('\n') ? null : blobOfTarget(text)
  } catch {
    return null
  }
}

/** Below a file there is nothing. */
function lookAt(path: string): BigIntStats | undefined {
  try {
    return fs.lstatSync(path, { throwIfNoEntry: false, bigint: true })
  } catch (error) {
    if (errnoOf(error) === 'ENOTDIR') return undefined
    throw error
  }
}

function isOneFile(a: BigIntStats | undefined, b: BigIntStats): boolean {
  return a !== undefined && isSameInode(identityOf(a), identityOf(b))
}

/**
 * Reports whether a link with a blob's path as its target leads to the blob of this store; null
 * where it is a link to another store, which is somebody's unless that store is gone.
 */
function leadsHere(
  paths: StorePaths,
  path: string,
  target: string,
  sha256: Sha256,
): boolean | null {
  const blob = paths.blob(sha256)
  const isAbsolute = target.startsWith('/') || /^[a-z]:/iu.test(target)
  const lexical = isAbsolute ? target : join(dirname(path), target)
  if (lexical === blob) return true
  // Where the other store's disk may hang, its link is left alone.
  if (!mayTouch(lexical)) return null
  const otherBlobs = dirname(dirname(dirname(lexical)))
  const otherRoot = dirname(dirname(otherBlobs))
  const reached = fs.statSync(path, { throwIfNoEntry: false, bigint: true })
  if (reached !== undefined) {
    const held = fs.statSync(blob, { throwIfNoEntry: false, bigint: true })
    if (isOneFile(held, reached)) return true
    return held !== undefined && isCopiedFrom(paths, path, target, otherRoot) ? false : null
  }
  if (!fs.existsSync(otherBlobs) || isSameFolder(otherBlobs, dirname(paths.blobs))) return false
  return isCopiedFrom(paths, path, target, otherRoot) ? false : null
}

/**
 * Reports whether a link came here with a copy of another store: there it stands at the same place.
 */
function isCopiedFrom(
  { root }: StorePaths,
  path: string,
  target: string,
  otherRoot: string,
): boolean {
  try {
    return fs.readlinkSync(join(otherRoot, relative(root, path))) === target
  } catch {
    return false
  }
}

function isSameFolder(a: string, b: string): boolean {
  const [one, other] = [a, b].map((path) => {
    return fs.statSync(path, { throwIfNoEntry: false, bigint: true })
  })
  return other !== undefined && isOneFile(one, other)
}
