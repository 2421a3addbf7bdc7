/** Imports: rows of the endpoint table. */
import { ImportPreview, ImportRequest } from '../imports.ts'
import { Job } from '../jobs.ts'
import { ADDRESSES } from './addresses.ts'
import { BODY_LIMITS, base, type EndpointRows } from './endpoint.ts'

/** Rows of imports. */
export const IMPORTS_ENDPOINTS = {
  'imports.preview': {
    ...base,
    ...ADDRESSES['imports.preview'],
    summary: 'What an import would take; nothing is changed',
    body: ImportRequest,
    limit: BODY_LIMITS.lists,
    answer: ImportPreview,
    errors: [
      'store.not_initialized',
      'import.source_not_found',
      'path.offline',
      'auth.path_not_allowed',
      'import.inside_store',
      'pack.name_taken',
    ],
  },

  'imports.start': {
    ...base,
    ...ADDRESSES['imports.start'],
    summary:
      'Imports files and folders into the store. The result of the job has counts; `jobs.items` lists files',
    body: ImportRequest,
    limit: BODY_LIMITS.lists,
    answer: Job,
    status: 202,
    errors: [
      'store.not_initialized',
      'import.source_not_found',
      'path.offline',
      'auth.path_not_allowed',
      'import.inside_store',
      'pack.name_taken',
      'service.not_running',
    ],
    jobErrors: [
      'store.not_initialized',
      'path.offline',
      'import.inside_store',
      'pack.name_taken',
      'disk.full',
      'job.cancelled',
      'job.interrupted',
    ],
  },
} as const satisfies EndpointRows
