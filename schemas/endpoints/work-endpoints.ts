/** Imports, jobs, journal and trash: rows of the endpoint table. */
import * as v from 'valibot'
import { Sha256, Uuid } from '../ids.ts'
import { ImportPreview, ImportRequest } from '../imports.ts'
import { IdleWork, Job, JobItems, JobPage, JobState } from '../jobs.ts'
import { TrashEmptied, TrashPage, TrashRestored } from '../trash.ts'
import { JournalDetail, JournalPage, UndoResult } from '../journal.ts'
import { DryRunRequest, Line, PageQuery, NoFields } from '../values.ts'
import { ADDRESSES } from './addresses.ts'
import { BODY_LIMITS, base, page, type EndpointRows } from './endpoint.ts'

const id = { id: Uuid }
/** Of an operation or a job, or `latest`: the newest that the caller could undo and a person asked for. */
const entryId = { id: v.union([v.literal('latest'), Uuid]) }

/** Rows of imports, jobs, journal and trash. */
export const WORK_ENDPOINTS = {
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

  'jobs.list': {
    ...base,
    ...ADDRESSES['jobs.list'],
    summary: 'Jobs, newest first',
    query: v.strictObject({ state: v.optional(JobState), ...PageQuery }),
    answer: JobPage,
    needs: 'nothing',
  },

  'jobs.show': {
    ...base,
    ...ADDRESSES['jobs.show'],
    summary: 'One job',
    params: id,
    answer: Job,
    needs: 'nothing',
    errors: ['job.not_found'],
  },

  'jobs.items': {
    ...base,
    ...ADDRESSES['jobs.items'],
    summary: 'The rows of one list of a result; without `list`, of the longest',
    params: id,
    query: v.strictObject({ list: v.optional(Line), ...PageQuery }),
    answer: JobItems,
    needs: 'nothing',
    errors: ['job.not_found'],
  },

  'jobs.cancel': {
    ...base,
    ...ADDRESSES['jobs.cancel'],
    summary: 'Cancels a job',
    params: id,
    answer: Job,
    needs: 'nothing',
    errors: ['job.not_found', 'job.elsewhere'],
  },

  'jobs.pause': {
    ...base,
    ...ADDRESSES['jobs.pause'],
    body: NoFields,
    summary: 'Pauses a job until it is resumed; it keeps what is done',
    params: id,
    answer: Job,
    needs: 'nothing',
    errors: ['job.not_found', 'job.elsewhere', 'job.not_pausable'],
  },

  'jobs.resume': {
    ...base,
    ...ADDRESSES['jobs.resume'],
    body: NoFields,
    summary: 'Resumes a paused job; a browser may resume only what it could start',
    params: id,
    answer: Job,
    errors: ['job.not_found', 'job.elsewhere', 'auth.path_not_allowed', 'path.offline'],
  },

  'jobs.idle': {
    ...base,
    ...ADDRESSES['jobs.idle'],
    summary: 'Pauses or resumes the background work of the service',
    body: IdleWork,
    answer: IdleWork,
    errors: ['store.not_initialized'],
  },

  'journal.list': {
    ...base,
    ...ADDRESSES['journal.list'],
    summary:
      'What was done, newest first: one entry a job; with a filter, each operation that fits',
    query: v.strictObject({
      sha256: v.optional(Sha256),
      op: v.optional(Line),
      ...PageQuery,
    }),
    answer: JournalPage,
  },

  'journal.show': {
    ...base,
    ...ADDRESSES['journal.show'],
    summary: 'What was done by one operation or job, with its parts',
    params: entryId,
    query: page,
    answer: JournalDetail,
    errors: ['journal.not_found'],
  },

  'journal.undo': {
    ...base,
    ...ADDRESSES['journal.undo'],
    summary: 'Undoes an operation, or all of a job that can be undone',
    params: entryId,
    body: DryRunRequest,
    answer: UndoResult,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'journal.not_found',
      'journal.not_undoable',
      'auth.path_not_allowed',
      'path.offline',
      'view.path_taken',
      'profile.conflict',
      'pack.cycle',
    ],
  },

  'trash.list': {
    ...base,
    ...ADDRESSES['trash.list'],
    summary: 'Deleted model files',
    query: page,
    answer: TrashPage,
  },

  'trash.restore': {
    ...base,
    ...ADDRESSES['trash.restore'],
    summary: 'Restores a deleted model file',
    params: id,
    body: DryRunRequest,
    answer: TrashRestored,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'trash.not_found',
      'blob.not_found',
      'blob.already_here',
      'blob.integrity_mismatch',
    ],
  },

  'trash.empty': {
    ...base,
    ...ADDRESSES['trash.empty'],
    access: 'owner',
    summary: 'Empties the trash for good',
    answer: TrashEmptied,
    needs: 'lock',
  },

  'trash.remove': {
    ...base,
    ...ADDRESSES['trash.remove'],
    access: 'owner',
    summary: 'Removes one entry of the trash for good',
    params: id,
    answer: TrashEmptied,
    needs: 'lock',
    errors: ['trash.not_found'],
  },
} as const satisfies EndpointRows
