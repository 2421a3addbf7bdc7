/** One import, from its request to its result. */
import type { ActorWork } from '../progress.ts'
import type { ScopedImportRequest } from './source-folders.ts'
import type { FindContext } from './search-mounts.ts'
import type { ImportContext } from './stage-import.ts'

/** What all parts of an import share: its context, its work and its request. */
export interface ImportRun {
  readonly ctx: ImportContext & FindContext
  readonly work: ActorWork
  readonly request: ScopedImportRequest
}
