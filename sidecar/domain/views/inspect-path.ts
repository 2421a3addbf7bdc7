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

/** What a link of ours at a path says by what is known of it. */
export interface ExpectedLink {
  readonly sha256: Sha256
  /** The target of the link that the ledger has here. */
  readonly target?: string
}

/** A path that is looked at, in the views of a store. */
interface LinkProbe {
  readonly paths: StorePaths
  readonly path: string
  readonly expected: ExpectedLink | null
}

/**
 * Looks at a path of a view. A symbolic link is one of ours where it says what the ledger says, be
 * its target what it may. One that the ledger does not know is taken for ours where it leads to a
 * blob of this store, or of a store that is gone; so is a hard link to the blob that is expected.
 * @param expected null where no link of ours should stand
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

/** The link of ours that a symbolic link is; null where it is foreign. */
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

/** Reports whether a link leads to a file; one on a disk that might not answer is believed. */
function leadsToFile(path: string, target: string): boolean {
  const isAbsolute = target.startsWith('/') || /^[a-z]:/iu.test(target)
  if (!mayTouch(isAbsolute ? target : join(dirname(path), target))) return true
  return fs.statSync(path, { throwIfNoEntry: false })?.isFile() === true
}

/** The form of a link of ours that a regular file is; null for none. */
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
 * where it is a link to another store, which is foreign unless that store is gone.
 */
function leadsHere(probe: LinkProbe, target: string, sha256: Sha256): boolean | null {
  const { paths, path } = probe
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
    return held !== undefined && isCopiedFrom(probe, target, otherRoot) ? false : null
  }
  if (!fs.existsSync(otherBlobs) || isSameFolder(otherBlobs, dirname(paths.blobs))) return false
  return isCopiedFrom(probe, target, otherRoot) ? false : null
}

/**
 * Reports whether a link came here with a copy of another store: there it stands at the same place.
 */
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
