/** Changing a view link by link, each written down in its ledger before it is made. */
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { AppError } from '../../../schemas/errors.ts'
import type { ProfileName, Sha256, UiName } from '../../../schemas/ids.ts'
import type { PlannedLink } from '../../../schemas/profile.ts'
import type { LinkForm, LinkRecord } from '../../../schemas/records.ts'
import { isAsideName } from '../../platform/aside-name.ts'
import {
  ensureFolder,
  flushFolder,
  isTemporaryName,
  makeFolder,
  makeLink,
  removeEmptyFolder,
  removeName,
  renameLink,
  setModified,
  temporaryBeside,
} from '../../platform/disk.ts'
import { identityAt } from '../../platform/file-identity.ts'
import { addRecord, type KnownLink } from '../../store/link-ledger.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { Repoint } from './diff-view.ts'
import { folderOf, foldersOf, layoutOf, parentsOf } from './layout.ts'
import { targetOf } from '../../store/link-styles.ts'
import { blockedFolders } from './obstructions.ts'
import { quarantineFiles, assertAtRest } from './quarantine.ts'
import { inspectPath } from './inspect-path.ts'
import { noteReturned, type ReturnedLink } from './returned-links.ts'
import type { ScannedView } from './scan-view.ts'
import { allocateMtimes } from './mtimes.ts'

/** What became of a change. */
export interface ViewOutcome {
  readonly quarantined: string[]
}

/** What is to be changed in one view. */
export interface ViewChange {
  readonly ui: UiName
  readonly profile: ProfileName
  readonly add: readonly PlannedLink[]
  readonly repoint: readonly Repoint[]
  readonly remove: readonly KnownLink[]
  /** Links found in place without a record: only written down. */
  readonly track: readonly KnownLink[]
  /** Paths that the ledger has although no link of ours stands there. */
  readonly forget: readonly string[]
  /** Paths where something of somebody's took a link's place → the blob to which it led. */
  readonly replaced: ReadonlyMap<string, Sha256>
  /** Links that somebody took away and that are made again. */
  readonly returned: readonly ReturnedLink[]
  /** Files of somebody's that stand where a new link must go. */
  readonly quarantine: readonly string[]
  /** Temporary links that a crash left behind, and texts of links that stand for them. */
  readonly orphanedTemps: readonly string[]
  /** Every folder that the layout wants. */
  readonly folders: readonly string[]
  /** Folders there that do not bear our stamp. */
  readonly refreshMtimes: readonly string[]
  readonly existing: ReadonlySet<string>
}

/**
 * Returns the change of a view that writes down what a scan found, and makes or removes no link.
 */
export function asScanned(
  tx: StoreTx,
  { ui, profile }: Pick<ViewChange, 'ui' | 'profile'>,
  scan: ScannedView,
): ViewChange {
  return {
    ui,
    profile,
    add: [],
    repoint: [],
    remove: [],
    track: scan.untracked,
    forget: scan.missing,
    replaced: scan.replaced,
    returned: [],
    quarantine: [],
    orphanedTemps: scan.orphanedTemps,
    folders: foldersOf(layoutOf(tx.config(), ui)),
    refreshMtimes: [...scan.unstamped],
    existing: scan.folders,
  }
}

const YIELD_EVERY = 500

/**
 * Brings a view to where its plan wants it; additions come before removals. After a failure the
 * ledger knows every link that was made, and the folders bear no stamp of ours, so that the next
 * scan looks at them.
 * @throws disk.*, view.path_taken
 */
export async function applyView(tx: StoreTx, change: ViewChange): Promise<ViewOutcome> {
  const root = tx.paths.view(change.ui, change.profile)
  assertAtRest(tx, root, change.quarantine)
  const { file } = tx.linkStyle(change.ui)
  const additions = change.add.map((link) => knownLink(tx, file, root, link))
  const repoints = change.repoint.map((one) => ({
    from: one.from,
    link: knownLink(tx, file, root, one.link),
  }))
  const touched = foldersToTouch(change)
  for (const path of await makeFolders(root, [...change.folders, ...touched], change.existing)) {
    touched.add(path)
  }
  if (touched.size === 0) return { quarantined: [] }
  await noteReturned(tx, change)
  await tx.markViewsPending()

  await tx.recordLinks(change.ui, change.profile, [
    ...[...touched].map((path): LinkRecord => ({ op: 'stamp', path, at: 0 })),
    ...change.forget.map((path) => forgetRecord(path, change.replaced.get(path))),
    ...[...change.track, ...additions, ...repoints.map((one) => one.link)].map(addRecord),
  ])
  const quarantined = await quarantineFiles(tx, root, change.quarantine)
  for (const path of change.orphanedTemps) await removeLeftover(tx, join(root, path))
  await inTurns(additions, (link) => addLink(tx, root, link))
  await inTurns(repoints, (one) => repointLink(tx, root, one.link, one.from))
  await inTurns(change.remove, (link) => removeLink(tx, root, link))
  const gone = dropEmptyFolders(root, change)
  await settleFolders(tx, change, touched, gone)
  return { quarantined }
}

/** Removes what is ours beyond doubt: a temporary link, or the mere text of a link. */
async function removeLeftover(tx: StoreTx, path: string): Promise<void> {
  const ours = isTemporaryName(basename(path)) || inspectPath(tx.paths, path, null).kind === 'text'
  if (ours) await removeName(path, false)
}

function forgetRecord(path: string, replaced: Sha256 | undefined): LinkRecord {
  return { op: 'remove', path, ...(replaced === undefined ? {} : { replaced }) }
}

async function inTurns<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  for (const [index, item] of items.entries()) {
    await act(item)
    if (index % YIELD_EVERY === YIELD_EVERY - 1) await new Promise(setImmediate)
  }
}

function knownLink(tx: StoreTx, form: LinkForm | null, root: string, link: PlannedLink): KnownLink {
  if (form === null) throw new Error('A volume without links was given links to make')
  const sha256 = link.sha256
  const file = tx.locate(sha256)?.path ?? tx.paths.blob(sha256)
  const target = targetOf(form, join(root, link.path), file)
  return { path: link.path, sha256, form, target, model_kind: link.kind }
}

function foldersToTouch(change: ViewChange): Set<string> {
  const links = [...change.add, ...change.repoint.map((one) => one.link), ...change.remove]
  const paths = [...links.map((link) => link.path), ...change.quarantine, ...change.orphanedTemps]
  return new Set([...paths.map(folderOf), ...change.refreshMtimes])
}

/**
 * Makes folders that are wanted and not there; gives those whose content changed by that.
 * @throws view.path_taken where something of somebody's stands in the place of one
 */
async function makeFolders(
  root: string,
  wanted: readonly string[],
  existing: ReadonlySet<string>,
): Promise<Set<string>> {
  const changed = new Set<string>()
  if (!existing.has('')) {
    await ensureFolder(root)
    changed.add('')
  }
  const isBlocked = blockedFolders(root)
  const all = new Set(wanted.flatMap((path) => [...parentsOf(path), path]))
  for (const path of [...all].sort()) {
    if (path === '' || existing.has(path)) continue
    if (isBlocked(path)) throw taken(join(root, path))
    if (!makeFolder(join(root, path)) && !fs.lstatSync(join(root, path)).isDirectory()) {
      throw taken(join(root, path))
    }
    changed.add(path)
    changed.add(folderOf(path))
  }
  return changed
}

function taken(path: string): AppError {
  return new AppError('view.path_taken', `${path} is taken by a file of somebody else`, {
    hint: 'Move it away, or wait until it is written to no more; then repeat.',
  })
}

function placeLink(tx: StoreTx, link: KnownLink, path: string): boolean {
  return link.form === 'hard_link'
    ? makeLink({ hard: tx.paths.blob(link.sha256) }, path)
    : makeLink({ symbolic: link.target }, path)
}

async function addLink(tx: StoreTx, root: string, link: KnownLink): Promise<void> {
  const path = join(root, link.path)
  if (placeLink(tx, link, path)) return
  const standing = inspectPath(tx.paths, path, link.sha256)
  if (standing.kind !== 'link') throw taken(path)
  if (standing.sha256 !== link.sha256 || standing.target !== link.target) {
    await replaceLink(tx, link, path)
  }
}

async function repointLink(
  tx: StoreTx,
  root: string,
  link: KnownLink,
  from: KnownLink,
): Promise<void> {
  const path = join(root, link.path)
  const standing = inspectPath(tx.paths, path, from.sha256, from.target)
  if (standing.kind === 'link') await replaceLink(tx, link, path)
  else if (!placeLink(tx, link, path)) throw taken(path)
}

async function replaceLink(tx: StoreTx, link: KnownLink, path: string): Promise<void> {
  const temporary = temporaryBeside(path)
  placeLink(tx, link, temporary)
  await renameLink(temporary, path, false)
}

/** Takes a link away if what stands there still is what we made; else leaves it. */
async function removeLink(tx: StoreTx, root: string, link: KnownLink): Promise<void> {
  const path = join(root, link.path)
  const standing = inspectPath(tx.paths, path, link.sha256, link.target)
  if (standing.kind === 'link') await removeName(path, false)
}

/** Removes folders below the layout's that our removals left empty. */
function dropEmptyFolders(root: string, change: ViewChange): Set<string> {
  const kept = new Set(change.folders.flatMap((path) => [...parentsOf(path), path]))
  const candidates = change.remove.flatMap((link) => parentsOf(link.path))
  const gone = new Set<string>()
  for (const path of [...new Set(candidates)].sort().reverse()) {
    if (!kept.has(path) && removeEmptyFolder(join(root, path))) gone.add(path)
  }
  return gone
}

/**
 * Flushes the folders' names, then gives each its own fresh time and writes that down: a folder
 * without our stamp is one that a crash left in between.
 */
async function settleFolders(
  tx: StoreTx,
  change: ViewChange,
  touched: ReadonlySet<string>,
  gone: ReadonlySet<string>,
): Promise<void> {
  const root = tx.paths.view(change.ui, change.profile)
  const all = new Set([...touched, ...[...gone].map(folderOf)])
  const folders = [...all].filter((path) => !gone.has(path)).sort()
  for (const path of folders) await flushFolder(join(root, path))
  const stamps = await allocateMtimes(tx, tx.linkStyle(change.ui).stampStep, folders.length)
  const stamped = folders.map((path, index) => ({ path, at: stamps[index] ?? 0 }))
  for (const { path, at } of stamped.toReversed()) {
    setModified(join(root, path), at)
    await flushFolder(join(root, path))
  }
  const isOurs = ownPaths(tx, change, folders)
  await tx.recordLinks(change.ui, change.profile, [
    ...change.remove.map((link): LinkRecord => ({ op: 'remove', path: link.path })),
    ...stamped.map(({ path, at }): LinkRecord => {
      const folder = join(root, path)
      return { op: 'stamp', path, at, ...inodeOf(folder), others: othersIn(folder, path, isOurs) }
    }),
  ])
  await tx.compactLinks(change.ui, change.profile)
}

/** Classifies paths in a view: links of ours, or folders with the mtime that we gave them. */
function ownPaths(
  tx: StoreTx,
  { ui, profile, remove }: ViewChange,
  stamped: readonly string[],
): (path: string) => boolean {
  const known = tx.knownView(ui, profile)
  const removed = new Set(remove.map((link) => link.path))
  const folders = new Set([...stamped, ...(known?.stamps.keys() ?? [])])
  return (path) => (known?.links.has(path) === true && !removed.has(path)) || folders.has(path)
}

/**
 * Names in a folder of a view that are not ours. Asked for after the folder was stamped: what
 * comes later changes its time.
 */
function othersIn(folder: string, path: string, isOurs: (path: string) => boolean): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => !isOurs(path === '' ? name : `${path}/${name}`))
    .filter((name) => !isTemporaryName(name) && !isAsideName(name))
    .sort()
}

function inodeOf(path: string): { readonly ino?: string } {
  const identity = identityAt(path)
  return identity === null || identity.ino === 0n ? {} : { ino: String(identity.ino) }
}
