/** Collects what a scan of a view finds, and classifies each entry of a folder. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { Sha256 } from '../../../schemas/ids.ts'
import { nameTaken } from '../../platform/name-taken.ts'
import type { KnownLink, KnownView } from '../../store/link-ledger.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { DisplacedFile } from './displaced.ts'
import { isSameFolder } from './folder-times.ts'
import { inspectPath, type PathState } from './inspect-path.ts'
import { folderOf, parentsOf } from './ui-layout.ts'
import type { FoundLink, ScannedView, StandIn } from './scanned-view.ts'
import type { ViewAddress } from './view-address.ts'
import type { ForeignFile } from '../../../schemas/view-files.ts'

const NOTHING: KnownView['links'] = new Map()

/** Collects the findings in one view. */
export class ScanFindings {
  /** The folder of the view, absolute. */
  readonly root: string
  readonly known: KnownView | null
  /** The links of the ledger. */
  readonly recorded: KnownView['links']
  readonly folders = new Set<string>()
  readonly changedFolders = new Set<string>()
  readonly leftovers: string[] = []
  readonly #reader: StoreReader
  readonly #replaced: Map<string, Sha256>
  readonly #untracked: FoundLink[] = []
  readonly #missing = new Set<string>()
  readonly #foreign: ForeignFile[] = []
  readonly #copies: StandIn[] = []
  readonly #displaced: DisplacedFile[] = []

  constructor(reader: StoreReader, { ui, profile }: ViewAddress) {
    this.#reader = reader
    this.root = reader.paths.view(ui, profile)
    this.known = reader.knownView(ui, profile)
    this.recorded = this.known?.links ?? NOTHING
    this.#replaced = new Map(this.known?.replaced)
  }

  /** Records that links in the ledger are missing. */
  lose(links: readonly KnownLink[]): void {
    for (const link of links) this.#missing.add(link.path)
  }

  /**
   * Classifies a path where something foreign was before. File contents are read only where a link
   * was.
   * @returns whether it is a folder to scan
   */
  judgeAgain(path: string): boolean {
    const stat = fs.lstatSync(join(this.root, path), { throwIfNoEntry: false })
    const isPlain = stat?.isFile() === true && !this.#replaced.has(path)
    if (!isPlain) return stat !== undefined && this.judge(path)
    this.#foreign.push({ path, size_bytes: stat.size, in_the_way: false })
    return false
  }

  /** Classifies a path. @returns whether it is a folder to scan */
  judge(path: string): boolean {
    const recorded = this.recorded.get(path)
    const sha256 = this.#expectedAt(path)
    const expected = recorded ?? (sha256 === undefined ? null : { sha256 })
    const seen = inspectPath(this.#reader.paths, join(this.root, path), expected)
    const state = this.#asStandIn(path, sha256, seen)
    if (state.kind === 'link') {
      this.#noteLink(path, state)
      return false
    }
    if (recorded !== undefined) this.lose([recorded])
    if (state.kind === 'text') this.leftovers.push(path)
    else this.#noteElse(path, state)
    return state.kind === 'folder'
  }

  /**
   * Classifies something that was renamed aside. The names without that of the file belong to
   * operations, which put it back.
   * @param path where it was; null where that is unknown
   */
  judgeAside(aside: string, path: string | null): void {
    const expected = path === null ? null : (this.recorded.get(path) ?? null)
    const state = inspectPath(this.#reader.paths, join(this.root, aside), expected)
    if (state.kind === 'link' || state.kind === 'text') {
      this.leftovers.push(aside)
    } else if (path !== null) {
      this.#displaced.push({ aside, path })
      if (!nameTaken(join(this.root, path))) this.#noteElse(path, state)
    }
  }

  /** Records what is at a path instead of a link. */
  #noteElse(path: string, state: PathState): void {
    const sha256 = this.#expectedAt(path)
    if (state.kind !== 'nothing' && sha256 !== undefined) this.#replaced.set(path, sha256)
    if (state.kind === 'copy') {
      this.#copies.push({ path, sha256: state.sha256, size_bytes: state.size_bytes })
    }
    if (state.kind === 'foreign') {
      this.#foreign.push({ path, size_bytes: state.size_bytes, in_the_way: false })
    }
  }

  /** The blob whose link is or was at a path. */
  #expectedAt(path: string): Sha256 | undefined {
    return this.recorded.get(path)?.sha256 ?? this.#replaced.get(path)
  }

  /** A file of the recorded size of the expected blob, which is missing. */
  #asStandIn(path: string, sha256: Sha256 | undefined, seen: PathState): PathState {
    if (seen.kind !== 'foreign' || sha256 === undefined || this.#reader.hasBlob(sha256)) return seen
    if (this.#reader.records(sha256).size_bytes !== seen.size_bytes) return seen
    const stat = fs.lstatSync(join(this.root, path), { throwIfNoEntry: false })
    return stat?.isFile() === true ? { kind: 'copy', sha256, size_bytes: seen.size_bytes } : seen
  }

  /** Records a link that the ledger lacks, or that no longer leads to the blob. */
  #noteLink(path: string, { sha256, target, leads }: Extract<PathState, { kind: 'link' }>): void {
    const recorded = this.recorded.get(path)
    if (recorded?.sha256 === sha256 && recorded.target === target && leads) return
    this.#untracked.push({
      path,
      sha256,
      form: formOf(target),
      target,
      model_kind: recorded?.model_kind ?? 'unknown',
      ...(leads ? {} : { stale: true }),
    })
  }

  /** Returns the scanned view. */
  result(): ScannedView {
    return {
      ours: this.known !== null,
      links: this.#links(),
      untracked: this.#untracked,
      missing: [...this.#missing],
      removed: [...this.#missing].filter((path) => this.#isTakenAway(path)),
      foreign: this.#foreign,
      replaced: this.#replaced,
      copies: this.#copies,
      folders: this.folders,
      changedFolders: this.changedFolders,
      leftovers: this.leftovers,
      displaced: this.#displaced,
    }
  }

  #links(): ScannedView['links'] {
    if (this.#missing.size + this.#untracked.length === 0) return this.recorded
    const links = new Map<string, FoundLink>(this.recorded)
    for (const path of this.#missing) links.delete(path)
    for (const link of this.#untracked) links.set(link.path, link)
    return links
  }

  /**
   * Reports whether a link in a view of ours was removed on purpose: not if a crash interrupted a
   * change of its folder, nor if the folder is a copy made by a tool without links.
   */
  #isTakenAway(path: string): boolean {
    const { known } = this
    const isElse = this.#replaced.has(path) || this.leftovers.includes(path)
    if (known === null || isElse) return false
    const folder = folderOf(path)
    if ((known.mtimes.get(folder) ?? 0) === 0) return false
    const above = [folder, ...parentsOf(folder).toReversed(), '']
    const there = above.find((one) => this.folders.has(one))
    if (there === undefined) return false
    return isSameFolder(fs.lstatSync(join(this.root, there)), known.inodes.get(there))
  }
}

function formOf(target: string): KnownLink['form'] {
  if (target === '') return 'hard_link'
  return target.startsWith('.') ? 'symlink' : 'absolute_symlink'
}
