/** Journal: rows of the endpoint table. */
import * as v from 'valibot'
import { Sha256, Uuid } from '../ids.ts'
import { JournalDetail, JournalPage, UndoResult } from '../journal.ts'
import { DryRunRequest, Line, PageQuery } from '../values.ts'
import { ADDRESSES } from './addresses.ts'
import { base, page, type EndpointRows } from './endpoint.ts'

/** Of an operation or a job, or `latest`: the newest that the caller could undo and a person asked for. */
const entryId = { id: v.union([v.literal('latest'), Uuid]) }

/** Rows of the journal. */
export const JOURNAL_ENDPOINTS = {
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
} as const satisfies EndpointRows
