/**
 * Inspects a path of a view. A copy that follows links, a tool without links or the user may have
 * put another form of the same thing there.
 */
import fs, { type BigIntStats } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Sha256 } from '../../../schemas/ids.ts'
import { errnoOf } from '../../platform/disk-calls.ts'
import { identityOf, isSameInode } from '../../platform/file-identity.ts'
import { mayTouch } from '../../platform/mounts.ts'
import type { StorePaths } from '../../store/store-paths.ts'

const BLOB_TARGET = /(?:^|[\\/])blobs[\\/]sha256[\\/][0-9a-f]{2}[\\/](?<sha256>[0-9a-f]{64})$/u

/** The maximum length of a link target of ours. */
const MAX_TARGET_BYTES = 4096

/**
 * Returns the blob that a symbolic link names, by the form of its target alone: also for a link of
 * another program to this store, or to a former path of this store. Null for any other link.
 */
export function blobOfTarget(target: string): Sha256 | null {
  return (BLOB_TARGET.exec(target)?.groups?.['sha256'] ?? null) as Sha256 | null
}

/** The state of a path in a view. */
export type PathState =
  | { readonly kind: 'nothing' }
  | {
      readonly kind: 'link'
      readonly sha256: Sha256
      readonly target: string
      /** False where it leads to a former path of the store, or to the store it was copied from. */
      readonly leads: boolean
    }
  /**
   * A file that holds the target of a link to a blob, as written by tools that cannot make links.
   */
  | { readonly kind: 'text'; readonly sha256: Sha256 }
  /**
   * A file of the size of the expected blob, or of the recorded size of a missing one: it stands in
   * for the link until its digest is known. This is how a hard link outlives its blob.
   */
  | { readonly kind: 'copy'; readonly sha256: Sha256; readonly size_bytes: number }
  | { readonly kind: 'folder' }
  | { readonly kind: 'foreign'; readonly size_bytes: number }

/** The link of ours that is expected at a path. */
export interface ExpectedLink {
  readonly sha256: Sha256
  /** The target that the ledger records here. */
  readonly target?: string
}

/** A path to inspect, in the views of a store. */
interface LinkProbe {
  readonly paths: StorePaths
  readonly path: string
  readonly expected: ExpectedLink | null
}

/**
 * Inspects a path of a view. A symbolic link is ours if it has the target that the ledger records,
 * whatever that is. An unrecorded one counts as ours if it leads to a blob of this store, or of a
 * store that is gone; so does a hard link to the expected blob.
 * @param expected null where no link of ours is expected
 */
export function inspectPath(
  paths: StorePaths,
  path: string,
  expected: ExpectedLink | null,
): PathState {
  const stat = lookAt(path)
  if (stat === undefined) return { kind: 'nothing' }
  if (stat.isDirectory()) return { kind: 'folder' }
  const probe = { paths, path, expected }
  if (stat.isSymbolicLink()) {
    const link = linkAt(probe)
    if (link !== null) return link
  } else if (stat.isFile()) {
    const form = formOfFile(probe, stat)
    if (form !== null) return form
  }
  return { kind: 'foreign', size_bytes: Number(stat.size) }
}

/** The state of a symbolic link of ours; null where it is foreign. */
function linkAt(probe: LinkProbe): PathState | null {
  const { path, expected } = probe
  const target = fs.readlinkSync(path)
  const named = blobOfTarget(target)
  if (expected !== null && target === expected.target) {
    const leads = named === null ? leadsToFile(path, target) : leadsHere(probe, target, named)
    return { kind: 'link', sha256: expected.sha256, target, leads: leads ?? false }
  }
  const leads = named === null ? null : leadsHere(probe, target, named)
  return named === null || leads === null ? null : { kind: 'link', sha256: named, target, leads }
}

/** Reports whether a link leads to a file; assumed on a disk that might not answer. */
function leadsToFile(path: string, target: string): boolean {
  const isAbsolute = target.startsWith('/') || /^[a-z]:/iu.test(target)
  if (!mayTouch(isAbsolute ? target : join(dirname(path), target))) return true
  return fs.statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** The state of a regular file that is a form of our link; null where it is foreign. */
function formOfFile({ paths, path, expected }: LinkProbe, stat: BigIntStats): PathState | null {
  if (expected !== null) {
    const { sha256 } = expected
    const blob = fs.statSync(paths.blob(sha256), { throwIfNoEntry: false, bigint: true })
    if (isOneFile(blob, stat)) return { kind: 'link', sha256, target: '', leads: true }
    if (blob?.size === stat.size && stat.size > 0n) {
      return { kind: 'copy', sha256, size_bytes: Number(stat.size) }
    }
  }
  const sha256 = stat.size <= MAX_TARGET_BYTES ? blobOfText(path) : null
  return sha256 === null ? null : { kind: 'text', sha256 }
}

/** The blob whose link target is the content of a small file, or null. */
function blobOfText(path: string): Sha256 | null {
  try {
    const text = fs.readFileSync(path, 'utf8').replace(/\r?\n$/u, '')
    return text.includes('\n') ? null : blobOfTarget(text)
  } catch {
    return null
  }
}

/** As `lstat`; undefined for a missing path, also below a file. */
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
 * where it is a link to another store, which is foreign unless that store is gone.
 */
function leadsHere(probe: LinkProbe, target: string, sha256: Sha256): boolean | null {
  const { paths, path } = probe
  const blob = paths.blob(sha256)
  const isAbsolute = target.startsWith('/') || /^[a-z]:/iu.test(target)
  const lexical = isAbsolute ? target : join(dirname(path), target)
  if (lexical === blob) return true
  // If the other store's disk may hang, its link is left alone.
  if (!mayTouch(lexical)) return null
  const otherBlobs = dirname(dirname(dirname(lexical)))
  const otherRoot = dirname(dirname(otherBlobs))
  const reached = fs.statSync(path, { throwIfNoEntry: false, bigint: true })
  if (reached !== undefined) {
    const held = fs.statSync(blob, { throwIfNoEntry: false, bigint: true })
    if (isOneFile(held, reached)) return true
    return held !== undefined && isCopiedFrom(probe, target, otherRoot) ? false : null
  }
  if (!fs.existsSync(otherBlobs) || isSameFolder(otherBlobs, dirname(paths.blobs))) return false
  return isCopiedFrom(probe, target, otherRoot) ? false : null
}

/** Reports whether a link was copied here with another store: that has it at the same path. */
function isCopiedFrom({ paths, path }: LinkProbe, target: string, otherRoot: string): boolean {
  try {
    return fs.readlinkSync(join(otherRoot, relative(paths.root, path))) === target
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
