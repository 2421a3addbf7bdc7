/** What readers and transactors of one store share. */
import { BlobRecordsReader } from './blob-records.ts'
import * as kinds from './document-kinds.ts'
import { DocumentCache } from './documents.ts'
import { FileLedgers } from './file-ledger.ts'
import { Journal } from './journal.ts'
import { LinkLedger } from './link-ledger.ts'
import { type LinkStyles, ProbedLinkStyles } from './link-styles.ts'
import { PackRegisterReader } from './pack-register.ts'
import { StoreParts } from './store-parts.ts'
import type { StorePaths } from './store-paths.ts'

/** What readers and transactors of one store share: what was read, while it has not changed. */
export interface StoreCache {
  readonly documents: DocumentCache
  readonly links: LinkLedger
  readonly files: FileLedgers
  readonly journal: Journal
  readonly parts: StoreParts
  readonly records: BlobRecordsReader
  readonly packRegister: PackRegisterReader
  readonly linkStyles: LinkStyles
}

/** What a cache begins with. */
export interface CacheOptions {
  /** Reports whether a store existed at this root before; called where there is none now. */
  readonly wasStore?: (() => boolean) | undefined
  /** How links are made; by default as probing each volume shows. */
  readonly linkStyles?: LinkStyles | undefined
}

/** Makes an empty cache for the store at these paths. */
export function createCache(paths: StorePaths, options: CacheOptions = {}): StoreCache {
  const documents = new DocumentCache()
  const parts = new StoreParts(paths, options.wasStore)
  const machine = () => documents.readOrEmpty(paths.machine, kinds.MACHINE)
  const isOffline = () => parts.look().offline.length > 0
  return {
    documents,
    links: new LinkLedger(),
    files: new FileLedgers(),
    linkStyles: options.linkStyles ?? new ProbedLinkStyles(paths, { machine, isOffline }),
    journal: new Journal(paths.journal),
    parts,
    packRegister: new PackRegisterReader(paths),
    records: new BlobRecordsReader(paths),
  }
}
