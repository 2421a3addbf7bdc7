/** Reading a store without holding its lock. */
import fs from 'node:fs'
import { join } from 'node:path'
import * as v from 'valibot'
import {
  GLOBAL,
  Sha256,
  unsafePartReason,
  type ProfileName,
  type UiName,
} from '../../schemas/ids.ts'
import { LocationEntry, type LocationId } from '../../schemas/locations.ts'
import {
  EvictionRecord,
  type CopyReading,
  type SeenFile,
  type BlobMeta,
} from '../../schemas/records.ts'
import { type TrashRecord } from '../../schemas/trash.ts'
import { integrityOf, type BlobRecords } from './blob-integrity.ts'
import { DocumentReader } from './document-reader.ts'
import { namesIn } from './names-in.ts'
import * as kinds from './document-kinds.ts'
import { isElsewhere } from './bound-operations.ts'
import { parseDocument, readText } from './documents.ts'
import { type Journal, type JournalOperation } from './journal.ts'
import { readLines } from './lines.ts'
import { type LinkStyle, type LinkStyles } from './link-styles.ts'
import { ledgerNames, type KnownView } from './link-ledger.ts'
import { type PackRegister } from './pack-register.ts'
import { type KnownFiles } from './file-ledger.ts'
import { locate, type LocatedFile } from './locate.ts'
import { lastReadings } from './last-readings.ts'
import { ACTIVE_SLOT } from './store-paths.ts'

/** Size, times and mode of an existing blob. */
export interface BlobFile {
  readonly sha256: Sha256
  readonly size_bytes: number
  readonly modified_ms: number
  /** The same, exactly: decimal nanoseconds. */
  readonly mtime_ns: string
  /** Permission bits. */
  readonly mode: number
  readonly accessed_ms: number
}

/**
 * The target of an active link: relative, or absolute in a junction or a link of another program.
 */
const PROFILE_TARGET = /(?:^|[\\/])profiles[\\/](?<name>[^\\/]+)[\\/]?$/u

/** The size in a manifest, read without caching it: there may be many. */
function readSize(path: string): number | null {
  try {
    const text = readText(path)
    return text === null ? null : (parseDocument(path, text, kinds.BLOB_META).size_bytes ?? null)
  } catch {
    return null
  }
}

/** Reads a store: documents, blobs, views, ledgers and the journal. */
export class StoreReader extends DocumentReader {
  /**
   * The stack of an interface, bottom first. Where none is recorded, its active profile is put on
   * `global`: a store that lost its `runtime.json` keeps its active profiles.
   */
  stack(ui: UiName): ProfileName[] {
    const stack = (this.runtime().ui[ui]?.stack ?? []) as ProfileName[]
    if (stack.length > 0) return stack
    const shown = this.activeProfile(ui)
    const known = shown !== null && shown !== GLOBAL && fs.existsSync(this.paths.profile(shown))
    return known ? [GLOBAL, shown] : [GLOBAL]
  }

  /** The profile that an interface's active link leads to; null where there is no such link. */
  activeProfile(ui: UiName): ProfileName | null {
    const path = this.paths.active(ui)
    const stat = fs.lstatSync(path, { throwIfNoEntry: false })
    if (stat?.isSymbolicLink() !== true) return null
    const shown = PROFILE_TARGET.exec(fs.readlinkSync(path))?.groups?.['name']
    return (shown ?? null) as ProfileName | null
  }

  /** How links are made in the views of an interface. @throws as {@link config}, disk.* */
  linkStyle(ui: UiName): LinkStyle {
    return this.cache.linkStyles.of(ui)
  }

  /** How links are made on each volume of the store. */
  get linkStyles(): LinkStyles {
    return this.cache.linkStyles
  }

  /**
   * The name under which a profile's view is kept: its own, or that of the single active folder
   * where the volume has no links to folders.
   */
  viewSlot(ui: UiName, profile: ProfileName): ProfileName {
    return this.linkStyle(ui).folder === 'none' ? ACTIVE_SLOT : profile
  }

  /** Reports whether a blob exists in the store. */
  hasBlob(sha256: Sha256): boolean {
    return fs.statSync(this.paths.blob(sha256), { throwIfNoEntry: false })?.isFile() === true
  }

  /** Locations besides the store; entries that are not understood are skipped. */
  locations(): LocationEntry[] {
    return this.machine().locations.flatMap((entry) => {
      const read = v.safeParse(LocationEntry, entry)
      return read.success ? [read.output] : []
    })
  }

  /** What is known of the files of a location. @throws disk.* */
  files(location: LocationId): KnownFiles {
    return this.cache.files.read(this.paths.files(location))
  }

  /**
   * A file with the bytes of a digest, wherever it is; see {@link locate}.
   * @throws as {@link config}
   */
  locate(sha256: Sha256): LocatedFile | null {
    const files = (location: LocationId) => this.files(location)
    return locate({ paths: this.paths, locations: this.locations(), files }, sha256)
  }

  /** Size and times of a blob, or null where it is missing. */
  blob(sha256: Sha256): BlobFile | null {
    const stat = fs.statSync(this.paths.blob(sha256), { bigint: true, throwIfNoEntry: false })
    if (stat?.isFile() !== true) return null
    return {
      sha256,
      size_bytes: Number(stat.size),
      modified_ms: Number(stat.mtimeMs),
      mtime_ns: String(stat.mtimeNs),
      mode: Number(stat.mode) & 0o777,
      accessed_ms: Number(stat.atimeMs),
    }
  }

  /** Blobs whose last reading was bad; the same object until that changes. @throws disk.* */
  badReadings(): ReadonlyMap<string, SeenFile | null> {
    return this.cache.records.bad()
  }

  /** What is recorded of a blob, by the ledgers and its manifest. @throws disk.* */
  records(sha256: Sha256): BlobRecords {
    const records = this.cache.records.of(sha256)
    return { ...records, size_bytes: records.size_bytes ?? this.meta(sha256)?.size_bytes ?? null }
  }

  /** The file at its last reading or baseline, as that was recorded. @throws disk.* */
  seen(sha256: Sha256): SeenFile | null {
    return this.cache.records.seen(sha256)
  }

  /**
   * Reports whether a blob exists and is bad by its records and one `stat`. If its size matches its
   * manifest and it was never read, the ledgers are not consulted.
   * @throws disk.*
   */
  isBad(sha256: Sha256): boolean {
    const file = this.blob(sha256)
    if (file === null) return false
    const quick = !this.badReadings().has(sha256)
    if (quick && readSize(this.paths.meta(sha256)) === file.size_bytes) return false
    return integrityOf(file, this.records(sha256)) === 'bad'
  }

  /** Digests of the blobs in one of the 256 folders, named by its two digits. */
  blobNames(shard: string): Sha256[] {
    return namesIn(join(this.paths.blobs, shard)).filter(
      (name): name is Sha256 => v.is(Sha256, name) && name.startsWith(shard),
    )
  }

  /** Folders of blobs that exist: two hexadecimal digits each. */
  blobShards(): string[] {
    return namesIn(this.paths.blobs).filter((name) => /^[0-9a-f]{2}$/u.test(name))
  }

  /** Every blob in the store, in the order of digests. */
  *blobs(): Generator<Sha256> {
    for (const shard of this.blobShards()) yield* this.blobNames(shard)
  }

  /** The manifest of a blob; null where there is none or it cannot be read. */
  meta(sha256: Sha256): BlobMeta | null {
    try {
      return this.cache.documents.read(this.paths.meta(sha256), kinds.BLOB_META)
    } catch {
      return null
    }
  }

  /** The links of a view by its ledger; null where the view was never ours. */
  knownView(ui: UiName, profile: ProfileName): KnownView | null {
    return this.cache.links.read(this.paths.linkLedger(ui, profile))
  }

  /** Profiles of which an interface has a view with a ledger. */
  knownViews(ui: UiName): ProfileName[] {
    return ledgerNames(join(this.paths.links, ui)) as ProfileName[]
  }

  /** Interfaces that have, or had, a view: folders below `views/` and ledgers. */
  uisWithViews(): UiName[] {
    const names = new Set([...namesIn(this.paths.views), ...namesIn(this.paths.links)])
    return [...names].filter((name): name is UiName => unsafePartReason(name) === null).sort()
  }

  get journal(): Omit<Journal, 'append'> {
    return this.cache.journal
  }

  /**
   * Interrupted operations that the next holder of the lock finishes, oldest first; without those
   * of the store that this one is a copy of.
   */
  openHere(): JournalOperation[] {
    return this.cache.journal
      .openOperations()
      .filter((operation) => !isElsewhere(this.paths, operation))
  }

  /** Operations that began where this store was copied from: see {@link isElsewhere}. */
  openElsewhere(): JournalOperation[] {
    return this.cache.journal
      .openOperations()
      .filter((operation) => isElsewhere(this.paths, operation))
  }

  /** The packs that existed, and those that were removed. */
  packRegister(): PackRegister {
    return this.cache.packRegister.read()
  }

  /** Blobs that were evicted because their files had changed, oldest first. */
  evictions(): EvictionRecord[] {
    return readLines(this.paths.evictions, EvictionRecord).records
  }

  /** The last reading of each of some copies of the store's own. @throws disk.* */
  lastReadings(wanted: readonly Sha256[]): Map<Sha256, CopyReading> {
    return lastReadings(this.paths.storeCopies, wanted)
  }

  /** Ids of the entries in the trash: of each folder with bytes, even if its records are gone. */
  trashIds(): string[] {
    const { trash, blobsTrash } = this.paths
    const ids = [trash, blobsTrash].flatMap((folder) =>
      namesIn(folder).filter((name) =>
        ['entry.json', 'blob'].some((file) => fs.existsSync(join(folder, name, file))),
      ),
    )
    return [...new Set(ids)].sort()
  }

  /**
   * The folder of an entry of the trash; where both trash folders have it, the one with its bytes.
   */
  trashEntryFolder(id: string): string {
    const [usual, elsewhere] = [join(this.paths.trash, id), join(this.paths.blobsTrash, id)]
    if (!fs.existsSync(elsewhere)) return usual
    return fs.existsSync(join(usual, 'blob')) ? usual : elsewhere
  }

  /** An entry of the trash, or null. @throws store.document_broken */
  trash(id: string): TrashRecord | null {
    return this.cache.documents.read(
      join(this.trashEntryFolder(id), 'entry.json'),
      kinds.TRASH_RECORD,
    )
  }
}
