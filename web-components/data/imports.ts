/** Taking files and folders into the store. */
import type { Answer, CallInput } from '../../schemas/endpoints.ts'
import type { ImportResult } from '../../schemas/imports.ts'
import type { Api } from '../contexts/api.ts'
import type { Job } from './jobs.ts'

/** What an import would do. */
export type ImportPreview = Answer<'imports.preview'>
/** What is to be imported, and how. */
export type ImportRequest = NonNullable<CallInput<'imports.preview'>['body']>
/** Ways to take a file. */
export type ImportMode = NonNullable<ImportRequest['mode']>
/** What an import did, file by file. */
export type ImportOutcome = ImportResult

/** The ways to take a file, the safest first. */
export const IMPORT_MODES: readonly ImportMode[] = ['copy', 'move', 'link']

/** Previews an import of the paths; nothing is changed or hashed. */
export function previewImport(
  api: Api,
  request: ImportRequest,
  signal: AbortSignal,
): Promise<ImportPreview> {
  return api.call('imports.preview', { body: request }, signal)
}

/** Starts the import; the job's end carries the {@link ImportOutcome}. */
export function startImport(api: Api, request: ImportRequest): Promise<Job> {
  return api.call('imports.start', { body: request })
}

/**
 * Returns the outcome that an import job carries; null while it runs, or where it ended without.
 */
export function outcomeOf({ result }: Job): ImportOutcome | null {
  if (!Array.isArray(result?.['files'])) return null
  return { displaced: [], unseen: {}, notes: [], ...result } as unknown as ImportOutcome
}
