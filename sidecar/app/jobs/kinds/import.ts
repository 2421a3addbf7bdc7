/** The job that imports files and folders. */
import type { ImportedFile } from '../../../../schemas/imports.ts'
import type { ScopedImportRequest } from '../../../domain/imports/source-folders.ts'
import { importFiles } from '../../../domain/imports/import-files.ts'
import { checkImport } from '../../../domain/imports/preview-import.ts'
import type { Services } from '../../services.ts'
import type { JobPlan } from '../job-model.ts'

/** The rows to show first among ten thousand files: those that failed, and those that wait. */
function isNoteworthy(row: unknown): boolean {
  const { outcome, blocked } = row as Partial<ImportedFile>
  return outcome === 'failed' || blocked === true
}

/** The folders to which an import writes. */
const storeFolders = ({ store: { paths } }: Services) => [paths.data, paths.blobs]

/** Returns the job that imports files and folders. */
export function importJob(
  services: Services,
  actor: string,
  request: ScopedImportRequest,
): JobPlan {
  return {
    kind: 'import.files',
    needs: { paths: [...storeFolders(services), ...request.paths] },
    priority: 'interactive',
    actor,
    request: { ...request },
    check: () => checkImport(services, request),
    run: async (work) => ({ ...(await importFiles(services, { ...work, actor }, request)) }),
    important: isNoteworthy,
  }
}
