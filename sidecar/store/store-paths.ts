/** Where everything of a store lies. Paths are joined here and nowhere else. */
import { isAbsolute, join, relative, sep } from 'node:path'
import { STORE_LOCATION, type LocationId } from '../../schemas/locations.ts'
import type { PackName, ProfileName, Sha256, UiName } from '../../schemas/ids.ts'

/** A file that a document of the store may be: where, relative to the root, `/` between parts. */
export type StorePath = string

/** Stands for a view in `active` itself, where the volume has no links to folders. */
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

  /** The absolute path of a place that is given relative to the root. */
  at(path: StorePath): string {
    return join(this.root, path)
  }

  /** The place of an absolute path below the root, with `/`. */
  place(path: string): StorePath {
    return relative(this.root, path).split('\\').join('/')
  }

  /** As {@link place}; a path outside of the root stays as it is. */
  placeOrPath(path: string): StorePath {
    return path.startsWith(this.root + sep) ? this.place(path) : path
  }

  /** The absolute path of what is given relative to the root, or as it is. */
  absolute(place: StorePath): string {
    return isAbsolute(place) ? place : this.at(place)
  }

  /** Reports whether a place is that of a file that waits to become a blob. */
  isStaged(place: StorePath): boolean {
    const path = this.absolute(place)
    return [this.temporary, this.blobsTemporary].some((folder) => path.startsWith(folder + sep))
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
  /** What is known of the copies at a location. */
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
  /** The files of a location that is not the store's. */
  files(location: LocationId): string {
    return join(this.ledger, 'files', `${location}.jsonl`)
  }
  /** Blobs that came in without their bytes being copied. */
  get movedIn(): string {
    return join(this.ledger, 'in_place.jsonl')
  }
  /** Blobs that went out again, since their files were changed. */
  get evictions(): string {
    return join(this.ledger, 'evictions.jsonl')
  }
  /** Packs that were here: see pack-register.ts. */
  get packRegister(): string {
    return join(this.ledger, 'packs.jsonl')
  }
  /** When the clock was found to have jumped: see known-time.ts. */
  get clock(): string {
    return join(this.ledger, 'clock.json')
  }
  get lastStamp(): string {
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
  /** For bytes of models where `blobs/` is another volume. */
  get blobsTemporary(): string {
    return join(this.data, 'blobs', '.tmp')
  }
  /** For bytes of models on their way out where `blobs/` is another volume. */
  get blobsTrash(): string {
    return join(this.data, 'blobs', '.trash')
  }
  /** Room that is given up when the disk is full; see reserve-file.ts. */
  get reserve(): string {
    return join(this.data, 'reserve')
  }
  get lock(): string {
    return join(this.data, 'store.lock')
  }
  /** Taken together with {@link lock}: who finds that file removed does not find this one so. */
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
  /** Folders that stood in the place of the active link, until their files' digests are known. */
  aside(ui: UiName): string {
    return join(this.views, ui, 'aside')
  }
  linkLedger(ui: UiName, profile: ProfileName): string {
    return join(this.links, ui, `${profile}.jsonl`)
  }
}
