/** Clears the path of an active link when something else is there: a folder, or the link's text. */
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import type { Sha256, UiName } from '../../../schemas/ids.ts'
import { nameBeforeAside } from '../../platform/aside-name.ts'
import { isTemporaryName } from '../../platform/temporary-names.ts'
import { removeEmptyFolder } from '../../platform/folders.ts'
import { putBack } from '../../platform/remove-duplicate.ts'
import { listBelow } from '../../platform/list-below.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { moveToQuarantine } from './quarantine.ts'
import { inspectPath, type ExpectedLink, type PathState } from './inspect-path.ts'
import { removeOwn } from './remove-own.ts'

const ACTIVE_TEXT = /^profiles[\\/][^\\/\n]+\r?\n?$/u
const MAX_TEXT_BYTES = 1024

/** An entry to remove, and the link that is expected there. */
interface Disposable {
  readonly path: string
  readonly expected: ExpectedLink | null
}

/** The content of a folder in the place of an active link. Paths are absolute. */
interface Content {
  /** Links, texts of links and temporary names: ours, and removable without a loss. */
  readonly disposable: Disposable[]
  /** Folders, those inside others last. */
  readonly folders: string[]
  /** Files of the size of the blob that belongs there. */
  copies: number
  foreign: number
}

/**
 * Clears the path of an interface's active link. A folder with only links of ours is removed; one
 * with possible copies of blobs is set aside until their digests are known; one with anything else
 * is moved to quarantine as a whole.
 * @returns what was quarantined, relative to the store's root
 * @throws disk.*
 */
export async function clearActivePath(tx: StoreTx, ui: UiName): Promise<string[]> {
  const path = tx.paths.active(ui)
  const stat = fs.lstatSync(path, { throwIfNoEntry: false })
  if (stat === undefined || stat.isSymbolicLink()) return []
  if (!stat.isDirectory()) return isTextOfLink(path, stat) ? [] : quarantine(tx, path)
  restoreNames(path)
  const content = contentOf(tx, ui, path)
  if (content.foreign > 0) return quarantine(tx, path)
  for (const one of content.disposable) await removeOwn(tx.paths, one.path, one.expected)
  for (const folder of content.folders.toReversed()) removeEmptyFolder(folder)
  if (!removeEmptyFolder(path)) await setAside(tx, ui, path)
  return []
}

/** Restores the names of what a killed process was about to remove. */
function restoreNames(root: string): void {
  for (const { path, name } of listBelow(root)) {
    const before = nameBeforeAside(name)
    if (before !== null) putBack(path, join(dirname(path), before))
  }
}

async function quarantine(tx: StoreTx, path: string): Promise<string[]> {
  const moved = await moveToQuarantine(tx, path)
  return moved === null ? [] : [moved]
}

async function setAside(tx: StoreTx, ui: UiName, path: string): Promise<void> {
  const id = tx.newId()
  const from = tx.paths.relative(path)
  const to = tx.paths.relative(join(tx.paths.aside(ui), id))
  const facts = { op: 'view.set_aside', id, before: { path: from }, after: { path: to } } as const
  await tx.perform(facts, [{ do: 'move', from, to }])
}

/** Reports whether a file holds the target of a link, as tools write it that cannot make links. */
function isTextOfLink(path: string, stat: fs.Stats): boolean {
  if (!stat.isFile() || stat.size > MAX_TEXT_BYTES) return false
  return ACTIVE_TEXT.test(fs.readFileSync(path, 'utf8'))
}

/**
 * The sizes of all blobs: in a folder without a ledger, only reading shows whose copies its files
 * are.
 */
function blobSizes(tx: StoreTx): Set<number> {
  const shas = tx.blobShards().flatMap((shard) => tx.blobNames(shard))
  return new Set(shas.flatMap((sha256) => tx.blob(sha256)?.size_bytes ?? []))
}

/**
 * Path → blob for links in views of an interface, present or former; those of its stack's top win.
 */
function blobsByPath(tx: StoreTx, ui: UiName): Map<string, Sha256> {
  const blobs = new Map<string, Sha256>()
  const top = tx.stack(ui).at(-1)
  const profiles = [...tx.knownViews(ui).filter((one) => one !== top), ...(top ? [top] : [])]
  for (const profile of profiles) {
    const known = tx.knownView(ui, profile)
    for (const [path, sha256] of known?.replaced ?? []) blobs.set(path, sha256)
    for (const link of known?.links.values() ?? []) blobs.set(link.path, link.sha256)
  }
  return blobs
}

function contentOf(tx: StoreTx, ui: UiName, root: string): Content {
  const blobs = blobsByPath(tx, ui)
  const content: Content = { disposable: [], folders: [], copies: 0, foreign: 0 }
  let sizes: Set<number> | null = null
  const hasBlobSize = (size: number) =>
    blobs.size === 0 && size > 0 && (sizes ??= blobSizes(tx)).has(size)
  for (const { path, kind } of listBelow(root)) {
    const sha256 = blobs.get(pathIn(root, path))
    const expected = sha256 === undefined ? null : { sha256 }
    const state = kind === 'folder' ? null : inspectPath(tx.paths, path, expected)
    if (state === null) content.folders.push(path)
    else if (isDisposable(path, state)) content.disposable.push({ path, expected })
    else if (state.kind === 'copy' || isCopy(path, state, hasBlobSize)) content.copies += 1
    else content.foreign += 1
  }
  return content
}

const pathIn = (root: string, path: string) => path.slice(root.length + 1).replaceAll('\\', '/')

function isDisposable(path: string, { kind }: PathState): boolean {
  return kind === 'link' || kind === 'text' || isTemporaryName(basename(path))
}

function isCopy(path: string, state: PathState, hasBlobSize: (size: number) => boolean): boolean {
  return state.kind === 'foreign' && isFile(path) && hasBlobSize(state.size_bytes)
}

const isFile = (path: string) => fs.lstatSync(path, { throwIfNoEntry: false })?.isFile() === true
