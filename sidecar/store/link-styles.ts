/** How links are made in this store: a table by the volumes that its views are on. */
import fs from 'node:fs'
import { dirname, join, relative } from 'node:path'
import type { Machine } from '../../schemas/config.ts'
import type { UiName } from '../../schemas/ids.ts'
import type { LinkForm } from '../../schemas/records.ts'
import type { SymlinkType } from '../platform/disk-calls.ts'
import { mayRename } from '../platform/folder-pairs.ts'
import { probeVolume, describeVolume, type VolumeFacts } from '../platform/probe-volume.ts'
import type { StorePaths } from './store-paths.ts'

/** How files and folders are linked. */
export interface LinkStyle {
  /** Null where the volume cannot hold links to files at all. */
  readonly file: LinkForm | null
  /** `none`: the active folder itself is changed link by link. */
  readonly folder: SymlinkType | 'none'
  readonly foldCase: boolean
  /** The granularity of a folder's modification time, milliseconds. */
  readonly mtimeStep: number
}

/** Returns the function that maps paths which are the same on a volume to one text. */
export function pathFold(style: LinkStyle): (path: string) => string {
  return style.foldCase ? (path) => path.normalize('NFC').toLowerCase() : (path) => path
}

/** Returns the target of a link at `path` to a file; a hard link has none. */
export function targetOf(form: LinkForm, path: string, file: string): string {
  if (form === 'symlink') return relative(dirname(path), file)
  return form === 'absolute_symlink' ? file : ''
}

/** Returns how links are made in the views of an interface. */
export interface LinkStyles {
  of(ui: UiName): LinkStyle
  /** The style of the volume where views usually are. */
  usual(): LinkStyle
  /** What the volume of the store's data can do. @throws disk.* */
  facts(): VolumeFacts
}

/** The styles that were found, in a form that can be sent to another thread. */
export interface LinkStyleTable {
  readonly byUi: ReadonlyMap<string, LinkStyle>
  readonly usual: LinkStyle
  readonly facts: VolumeFacts
}

/** Returns the table of the styles of some interfaces. @throws disk.* */
export function tableOf(styles: LinkStyles, uis: readonly UiName[]): LinkStyleTable {
  const byUi = new Map(uis.map((ui) => [ui, styles.of(ui)]))
  return { byUi, usual: styles.usual(), facts: styles.facts() }
}

/** Returns the style of a table; for interfaces that it does not know, the default. */
export function fixedLinkStyles({ byUi, usual, facts }: LinkStyleTable): LinkStyles {
  return { of: (ui) => byUi.get(ui) ?? usual, usual: () => usual, facts: () => facts }
}

/** What the table asks of its store. */
export interface LinkStyleSource {
  readonly machine: () => Machine
  /** True while a part of the store is offline: what is found then belongs to another disk. */
  readonly isOffline: () => boolean
}

/**
 * Probes each volume once, at the first request for it. A failed probe is repeated at the next
 * request: a disk gets room, a mount becomes writable.
 */
export class ProbedLinkStyles implements LinkStyles {
  readonly #paths: StorePaths
  readonly #source: LinkStyleSource
  readonly #probed = new Map<bigint, VolumeFacts>()

  constructor(paths: StorePaths, source: LinkStyleSource) {
    this.#paths = paths
    this.#source = source
  }

  facts(): VolumeFacts {
    return this.#factsOf(nearestFolder(this.#paths.data))
  }

  of(ui: UiName): LinkStyle {
    return this.#styleIn(nearestFolder(this.#paths.ui(ui)))
  }

  usual(): LinkStyle {
    return this.#styleIn(nearestFolder(this.#paths.views))
  }

  #styleIn(views: string): LinkStyle {
    const at = { paths: this.#paths, views }
    return linkStyleOf(this.#factsOf(views), at, this.#source.machine())
  }

  #factsOf(folder: string): VolumeFacts {
    if (this.#source.isOffline()) return describeVolume(folder)
    const { dev } = fs.statSync(folder, { bigint: true })
    const known = this.#probed.get(dev)
    if (known?.untried === null) return known
    const facts = probeVolume(folder)
    this.#probed.set(dev, facts)
    return facts
  }
}

/** The folder, or, where there is none yet, the nearest one above. */
function nearestFolder(path: string): string {
  let folder = path
  while (!fs.existsSync(folder)) folder = dirname(folder)
  return folder
}

/** The folder of some views, in the store to whose blobs they lead. */
interface ViewsFolder {
  readonly paths: StorePaths
  readonly views: string
}

function isOneVolume({ paths, views }: ViewsFolder): boolean {
  const blobs = fs.statSync(paths.blobs, { bigint: true, throwIfNoEntry: false })
  return blobs === undefined || blobs.dev === fs.statSync(views, { bigint: true }).dev
}

/** Reports whether files of the blobs can have second names in views: the system is asked. */
function canShareNames({ paths, views }: ViewsFolder): boolean {
  return !fs.existsSync(paths.blobs) || mayRename(paths.blobs, views)
}

function fileForm(facts: VolumeFacts, at: ViewsFolder, wanted: string): LinkForm | null {
  const hardLinks = facts.hard_links && (wanted === 'hard_link' || !facts.symlinks)
  if (hardLinks && canShareNames(at)) return 'hard_link'
  if (!facts.symlinks) return null
  return isOneVolume(at) ? 'symlink' : 'absolute_symlink'
}

/**
 * How links were made here, derived from those that exist: a volume that cannot be probed may still
 * hold links. A store without views gets what most volumes can do.
 */
function styleAsFound(at: ViewsFolder, machine: Machine): Pick<LinkStyle, 'file' | 'folder'> {
  const { views } = at.paths
  const shown = namesIn(views).flatMap(
    (ui) => fs.lstatSync(join(views, ui, 'active'), { throwIfNoEntry: false }) ?? [],
  )
  const folder = shown.some((stat) => stat.isDirectory()) ? 'none' : 'dir'
  const usual = isOneVolume(at) ? 'symlink' : 'absolute_symlink'
  return { file: machine.link_kind === 'hard_link' ? 'hard_link' : usual, folder }
}

function namesIn(folder: string): string[] {
  return fs.existsSync(folder) ? fs.readdirSync(folder) : []
}

/** How links are made on this volume: what the person chose where that works, else what does. */
function linkStyleOf(facts: VolumeFacts, at: ViewsFolder, machine: Machine): LinkStyle {
  if (facts.untried !== null) {
    const foldCase = process.platform !== 'linux'
    return { ...styleAsFound(at, machine), foldCase, mtimeStep: 1 }
  }
  return {
    file: fileForm(facts, at, machine.link_kind),
    folder: facts.folder_links === 'symlink' ? 'dir' : facts.folder_links,
    foldCase: !facts.case_sensitive,
    mtimeStep: facts.mtime_step_ms ?? 1,
  }
}
