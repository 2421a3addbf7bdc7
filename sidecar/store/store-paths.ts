/** The layout of a store on disk. Paths are joined here and nowhere else. */
import { isAbsolute, join, relative, sep } from 'node:path'
import { STORE_LOCATION, type LocationId } from '../../schemas/locations.ts'
import type { PackName, ProfileName, Sha256, UiName } from '../../schemas/ids.ts'

/** A path relative to the root of the store, with `/` between its parts. */
export type StorePath = string

/** Names the view in `active` itself, where the volume has no links to folders. */
export const ACTIVE_SLOT = '.active' as ProfileName

/** The paths of one store. */
export class StorePaths {
  readonly root: string
  readonly state: string
  readonly data: string

  constructor(root: string) {
    this.root = root
    this.state = join(root, 'state')
    this.data = join(root, 'data')
  }

  /** The absolute path of what is given relative to the root. */
  at(path: StorePath): string {
    return join(this.root, path)
  }

  /** An absolute path below the root as one relative to it, with `/`. */
  relative(path: string): StorePath {
    return relative(this.root, path).split('\\').join('/')
  }

  /** As {@link relative}; a path outside the root is returned unchanged. */
  relativeOrAbsolute(path: string): StorePath {
    return path.startsWith(this.root + sep) ? this.relative(path) : path
  }

  /** The absolute path of one of the store; an absolute path is returned unchanged. */
  absolute(path: StorePath): string {
    return isAbsolute(path) ? path : this.at(path)
  }

  /** Reports whether a path is that of a staged file. */
  isStaged(path: StorePath): boolean {
    const absolute = this.absolute(path)
    return [this.temporary, this.blobsTemporary].some((folder) => absolute.startsWith(folder + sep))
  }

  get config(): string {
    return join(this.state, 'config.json')
  }
  get uiSets(): string {
    return join(this.state, 'ui_sets.json')
  }
  get approvals(): string {
    return join(this.state, 'approvals.json')
  }
  get machine(): string {
    return join(this.data, 'machine.json')
  }
  get runtime(): string {
    return join(this.data, 'runtime.json')
  }
  get packs(): string {
    return join(this.state, 'packs')
  }
  get profiles(): string {
    return join(this.state, 'profiles')
  }
  /** The folder of the blobs, which may be a volume of its own. */
  get blobsPart(): string {
    return join(this.data, 'blobs')
  }
  get blobs(): string {
    return join(this.data, 'blobs', 'sha256')
  }
  get views(): string {
    return join(this.data, 'views')
  }
  get ledger(): string {
    return join(this.data, 'ledger')
  }
  get links(): string {
    return join(this.ledger, 'links')
  }
  get digests(): string {
    return join(this.ledger, 'digests.jsonl')
  }
  /** The ledger of the copies at a location. */
  copies(location: LocationId): string {
    return join(this.ledger, 'copies', `${location}.jsonl`)
  }
  /**
   * The ledgers of the store's own copies, the older one first: stores up to 0.1.0 wrote
   * `proofs.jsonl`, which is read on and no longer written.
   */
  get storeCopies(): readonly string[] {
    return [join(this.ledger, 'proofs.jsonl'), this.copies(STORE_LOCATION)]
  }
  /** The ledger of the files of a location other than the store. */
  files(location: LocationId): string {
    return join(this.ledger, 'files', `${location}.jsonl`)
  }
  /** The ledger of blobs that came in without being copied. */
  get inPlace(): string {
    return join(this.ledger, 'in_place.jsonl')
  }
  /** The ledger of blobs that were evicted because their files had changed. */
  get evictions(): string {
    return join(this.ledger, 'evictions.jsonl')
  }
  /** The register of packs: see pack-register.ts. */
  get packRegister(): string {
    return join(this.ledger, 'packs.jsonl')
  }
  /** When the clock was found to have jumped: see known-time.ts. */
  get clock(): string {
    return join(this.ledger, 'clock.json')
  }
  get lastMtime(): string {
    return join(this.ledger, 'last_stamp.json')
  }
  get journal(): string {
    return join(this.data, 'journal')
  }
  get trash(): string {
    return join(this.data, 'trash')
  }
  get quarantine(): string {
    return join(this.data, 'quarantine')
  }
  get jobs(): string {
    return join(this.data, 'jobs')
  }
  get temporary(): string {
    return join(this.data, 'tmp')
  }
  /** Staging folder for models where `blobs/` is another volume. */
  get blobsTemporary(): string {
    return join(this.data, 'blobs', '.tmp')
  }
  /** Trash for models where `blobs/` is another volume. */
  get blobsTrash(): string {
    return join(this.data, 'blobs', '.trash')
  }
  /** Space that is given up when the disk is full; see reserve-file.ts. */
  get reserve(): string {
    return join(this.data, 'reserve')
  }
  get lock(): string {
    return join(this.data, 'store.lock')
  }
  /** Taken together with {@link lock}, in case one of the two files is removed. */
  get secondLock(): string {
    return join(this.ledger, 'store.lock')
  }
  get serviceLock(): string {
    return join(this.data, 'service.lock')
  }
  get index(): string {
    return join(this.data, 'index.sqlite')
  }

  packFolder(name: PackName): string {
    return join(this.packs, name)
  }
  pack(name: PackName): string {
    return join(this.packs, name, 'pack.json')
  }
  packLock(name: PackName): string {
    return join(this.packs, name, 'lock.json')
  }
  profileFolder(name: ProfileName): string {
    return join(this.profiles, name)
  }
  profile(name: ProfileName): string {
    return join(this.profiles, name, 'profile.json')
  }
  blob(sha256: Sha256): string {
    return join(this.blobs, sha256.slice(0, 2), sha256)
  }
  meta(sha256: Sha256): string {
    return `${this.blob(sha256)}.meta`
  }
  ui(ui: UiName): string {
    return join(this.views, ui)
  }
  view(ui: UiName, profile: ProfileName): string {
    if (profile === ACTIVE_SLOT) return this.active(ui)
    return join(this.views, ui, 'profiles', profile)
  }
  active(ui: UiName): string {
    return join(this.views, ui, 'active')
  }
  /**
   * Folders that were in the place of the active link, until the digests of their files are known.
   */
  aside(ui: UiName): string {
    return join(this.views, ui, 'aside')
  }
  linkLedger(ui: UiName, profile: ProfileName): string {
    return join(this.links, ui, `${profile}.jsonl`)
  }
}
