/** What a view really holds: its ledger, corrected where a folder changed since we stamped it. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { ProfileName, Sha256, UiName } from '../../../schemas/ids.ts'
import type { ForeignFile } from '../../../schemas/profile.ts'
import { isAsideName } from '../../platform/aside-name.ts'
import { isTemporaryName } from '../../platform/disk.ts'
import type { KnownLink, KnownView } from '../../store/link-ledger.ts'
import type { StorePaths } from '../../store/store-paths.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { folderOf, parentsOf } from './layout.ts'
import { blobOfTarget, inspectPath, type PathState } from './inspect-path.ts'

/** Times are set in whole steps of the volume, and read back as fractions of two. */
const STAMP_TOLERANCE_MS = 0.01

/** A link of ours as it was found. */
export interface FoundLink extends KnownLink {
  /** It leads to where the store once was: to be made anew. */
  readonly stale?: true
}

/** A view as it stands. */
export interface ScannedView {
  /** True where a ledger of ours exists: the view is kept by us. */
  readonly ours: boolean
  /** Links of ours that are there. */
  readonly links: ReadonlyMap<string, FoundLink>
  /** Links that stand there without being in the ledger, though they lead to blobs: taken over. */
  readonly untracked: readonly FoundLink[]
  /** Paths in the ledger where no link of ours stands any more. */
  readonly missing: readonly string[]
  /** Those of them where nothing stands, and from where somebody took a link that we had made. */
  readonly removed: readonly string[]
  readonly foreign: readonly ForeignFile[]
  /** Paths where something of somebody's took the place of a link → the blob to which it led. */
  readonly replaced: ReadonlyMap<string, Sha256>
  /** Files of the size of a blob whose link should stand there: they stand in for it. */
  readonly copies: readonly StandIn[]
  /** Folders that exist, `''` being the view itself. */
  readonly folders: ReadonlySet<string>
  /** Folders whose modification time is not the one that we gave them. */
  readonly unstamped: ReadonlySet<string>
  /** Temporary links that a crash left behind, and texts of links that tools without links left. */
  readonly orphanedTemps: readonly string[]
}

/** A file in the place of a link that may hold the very bytes to which the link led. */
export interface StandIn {
  readonly path: string
  readonly sha256: Sha256
  readonly size_bytes: number
}

interface Draft {
  readonly recorded: KnownView['links']
  readonly replaced: Map<string, Sha256>
  readonly untracked: FoundLink[]
  readonly missing: Set<string>
  readonly foreign: ForeignFile[]
  readonly copies: StandIn[]
  readonly folders: Set<string>
  readonly unstamped: Set<string>
  readonly orphanedTemps: string[]
}

/** How much is looked at: only folders that changed since we stamped them, or all. */
export type ScanMode = 'incremental' | 'full'

const NOTHING: KnownView['links'] = new Map()

/**
 * Looks at a view. Cost follows the folders that changed and the files of somebody's, unless `all` is
 * asked for; where no folder changed, the links are those of the ledger, the same object.
 */
export function scanView(
  reader: StoreReader,
  ui: UiName,
  profile: ProfileName,
  depth: ScanMode = 'incremental',
): ScannedView {
  const root = reader.paths.view(ui, profile)
  const known = reader.knownView(ui, profile)
  const recorded = known?.links ?? NOTHING
  let groups: ReadonlyMap<string, readonly KnownLink[]> | null = null
  const expectedIn = (folder: string) => (groups ??= groupByFolder(recorded)).get(folder) ?? []
  const stamps = known?.stamps ?? new Map<string, number>()
  const looksAtAll = depth === 'full' || hasMoved(reader.paths, recorded)
  const draft = emptyDraft(known)
  const bereft = foldersWithoutBlobs(reader, recorded)
  const isKept = (folder: string, stat: fs.Stats) =>
    isAsStamped(stat, known, folder) && !bereft.has(folder)
  const waiting = new Set(['', ...stamps.keys()])
  for (const folder of waiting) {
    const stat = fs.lstatSync(join(root, folder), { throwIfNoEntry: false })
    if (stat?.isDirectory() !== true) {
      lose(draft, expectedIn(folder))
      continue
    }
    draft.folders.add(folder)
    const stamped = isKept(folder, stat)
    if (!stamped) draft.unstamped.add(folder)
    const found =
      stamped && !looksAtAll
        ? othersIn(reader, draft, root, folder, known?.others.get(folder))
        : listFolder(reader, draft, root, folder, expectedIn(folder))
    for (const path of found) waiting.add(path)
  }
  return scanned(root, known, draft)
}

function scanned(root: string, known: KnownView | null, draft: Draft): ScannedView {
  const { recorded: _recorded, missing: lost, ...found } = draft
  return {
    ...found,
    ours: known !== null,
    links: linksNow(draft),
    missing: [...lost],
    removed: [...lost].filter((path) => isTakenAway(root, known, draft, path)),
  }
}

/**
 * Reports whether somebody took a link away that stood in a view of ours: not where a crash left
 * its folder in between, nor where the folder is a copy, from tools that make no links.
 */
function isTakenAway(root: string, known: KnownView | null, draft: Draft, path: string): boolean {
  if (known === null || draft.replaced.has(path) || draft.orphanedTemps.includes(path)) return false
  const folder = folderOf(path)
  if ((known.stamps.get(folder) ?? 0) === 0) return false
  const there = [folder, ...parentsOf(folder).toReversed(), ''].find((one) =>
    draft.folders.has(one),
  )
  if (there === undefined) return false
  return isFolderItself(fs.lstatSync(join(root, there)), known.inodes.get(there))
}

function emptyDraft(known: KnownView | null): Draft {
  return {
    recorded: known?.links ?? NOTHING,
    replaced: new Map(known?.replaced),
    untracked: [],
    missing: new Set(),
    foreign: [],
    copies: [],
    folders: new Set(),
    unstamped: new Set(),
    orphanedTemps: [],
  }
}

const settled = new WeakMap<KnownView['links'], StorePaths>()

/**
 * Reports whether absolute links were made when the store lay elsewhere; looked at once a ledger.
 */
function hasMoved(paths: StorePaths, recorded: KnownView['links']): boolean {
  if (settled.get(recorded) === paths) return false
  for (const link of recorded.values()) {
    const isToBlob = link.form === 'absolute_symlink' && blobOfTarget(link.target) !== null
    if (isToBlob && link.target !== paths.blob(link.sha256)) return true
  }
  settled.set(recorded, paths)
  return false
}

/**
 * Reports whether a folder is as we stamped it. Who changes it sets both of its times to that
 * moment, which may be just the one that our stamp names; our own stamps lie ahead of the change
 * time.
 */
function hasExpectedMtime({ mtimeMs, ctimeMs }: fs.Stats, stamp: number): boolean {
  const isClose = (a: number, b: number) => Math.abs(a - b) < STAMP_TOLERANCE_MS
  return isClose(mtimeMs, stamp) && !isClose(mtimeMs, ctimeMs)
}

function isAsStamped(stat: fs.Stats, known: KnownView | null, folder: string): boolean {
  if (known?.others.get(folder) === undefined) return false
  const stamp = known.stamps.get(folder) ?? 0
  return hasExpectedMtime(stat, stamp) && isFolderItself(stat, known.inodes.get(folder))
}

/** A copy of a folder bears its time too. Inodes that a double cannot hold tell nothing. */
function isFolderItself({ ino }: fs.Stats, recorded: string | undefined): boolean {
  return recorded === undefined || !Number.isSafeInteger(ino) || String(ino) === recorded
}

function linksNow({ recorded, missing: lost, untracked: unrecorded }: Draft): ScannedView['links'] {
  if (lost.size + unrecorded.length === 0) return recorded
  const links = new Map<string, FoundLink>(recorded)
  for (const path of lost) links.delete(path)
  for (const link of unrecorded) links.set(link.path, link)
  return links
}

function groupByFolder(links: KnownView['links']): Map<string, KnownLink[]> {
  const groups = new Map<string, KnownLink[]>()
  for (const link of links.values()) {
    const end = link.path.lastIndexOf('/')
    const folder = end < 0 ? '' : link.path.slice(0, end)
    const group = groups.get(folder)
    if (group === undefined) groups.set(folder, [link])
    else group.push(link)
  }
  return groups
}

/**
 * Folders with hard links of ours whose blobs are gone: each may be the last name of its bytes, which
 * the time of the folder does not tell.
 */
function foldersWithoutBlobs(reader: StoreReader, recorded: KnownView['links']): Set<string> {
  const folders = new Set<string>()
  for (const { form, path, sha256 } of recorded.values()) {
    if (form === 'hard_link' && !reader.hasBlob(sha256)) folders.add(folderOf(path))
  }
  return folders
}

const inFolder = (folder: string, name: string) => (folder === '' ? name : `${folder}/${name}`)

/**
 * Looks again at what somebody put into a folder that is as we stamped it; gives the folders among
 * that. Contents of files are read only where a link stood.
 */
function othersIn(
  reader: StoreReader,
  draft: Draft,
  root: string,
  folder: string,
  names: readonly string[] = [],
): string[] {
  return names.flatMap((name) => {
    const path = inFolder(folder, name)
    const stat = fs.lstatSync(join(root, path), { throwIfNoEntry: false })
    const isPlain = stat?.isFile() === true && !draft.replaced.has(path)
    if (isPlain) draft.foreign.push({ path, size_bytes: stat.size, in_the_way: false })
    else if (stat !== undefined && judge(reader, draft, root, path)) return [path]
    return []
  })
}

function lose(draft: Draft, links: readonly KnownLink[]): void {
  for (const link of links) draft.missing.add(link.path)
}

/** Holds a folder's entries against what the ledger says; gives the folders in it. */
function listFolder(
  reader: StoreReader,
  draft: Draft,
  root: string,
  folder: string,
  expected: readonly KnownLink[],
): string[] {
  const names = new Set(fs.readdirSync(join(root, folder)))
  lose(
    draft,
    expected.filter((link) => !names.has(link.path.slice(link.path.lastIndexOf('/') + 1))),
  )
  return [...names].flatMap((name) => {
    const path = inFolder(folder, name)
    if (isAsideName(name)) return []
    if (isTemporaryName(name)) draft.orphanedTemps.push(path)
    else if (judge(reader, draft, root, path)) return [path]
    return []
  })
}

/** Sorts one entry into the draft; true where it is a folder to look into. */
function judge(reader: StoreReader, draft: Draft, root: string, path: string): boolean {
  const recorded = draft.recorded.get(path)
  const expected = recorded?.sha256 ?? draft.replaced.get(path) ?? null
  const seen = inspectPath(reader.paths, join(root, path), expected, recorded?.target)
  const standing = asStandIn(reader, root, path, expected, seen)
  if (standing.kind === 'link') {
    noteLink(draft, path, standing, recorded)
    return false
  }
  if (recorded !== undefined) lose(draft, [recorded])
  if (standing.kind === 'text') draft.orphanedTemps.push(path)
  else if (standing.kind !== 'nothing' && expected !== null) draft.replaced.set(path, expected)
  if (standing.kind === 'copy') {
    draft.copies.push({ path, sha256: standing.sha256, size_bytes: standing.size_bytes })
  }
  if (standing.kind === 'foreign') {
    draft.foreign.push({ path, size_bytes: standing.size_bytes, in_the_way: false })
  }
  return standing.kind === 'folder'
}

/** A file that is as large as what is recorded of the expected blob, which is not here. */
function asStandIn(
  reader: StoreReader,
  root: string,
  path: string,
  sha256: Sha256 | null,
  seen: PathState,
): PathState {
  if (seen.kind !== 'foreign' || sha256 === null || reader.hasBlob(sha256)) return seen
  if (reader.records(sha256).size_bytes !== seen.size_bytes) return seen
  const isFile = fs.lstatSync(join(root, path), { throwIfNoEntry: false })?.isFile() === true
  return isFile ? { kind: 'copy', sha256, size_bytes: seen.size_bytes } : seen
}

/** Notes a link that the ledger does not have, or that does not lead to the blob any more. */
function noteLink(
  draft: Draft,
  path: string,
  { sha256, target, leads }: Extract<PathState, { kind: 'link' }>,
  recorded: KnownLink | undefined,
): void {
  if (recorded?.sha256 === sha256 && recorded.target === target && leads) return
  draft.untracked.push({
    path,
    sha256,
    form: formOf(target),
    target,
    model_kind: recorded?.model_kind ?? 'unknown',
    ...(leads ? {} : { stale: true }),
  })
}

function formOf(target: string): KnownLink['form'] {
  if (target === '') return 'hard_link'
  return target.startsWith('.') ? 'symlink' : 'absolute_symlink'
}
