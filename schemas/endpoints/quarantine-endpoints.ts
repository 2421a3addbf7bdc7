/** Quarantine: rows of the endpoint table. */
import { SafePart } from '../ids.ts'
import {
  QuarantineDiscard,
  QuarantineDiscarded,
  QuarantinePage,
  QuarantineRestore,
  QuarantineRestored,
} from '../quarantine.ts'
import { ADDRESSES } from './addresses.ts'
import { base, page, type EndpointRows } from './endpoint.ts'

const id = { id: SafePart }

/** Rows of quarantine. */
export const QUARANTINE_ENDPOINTS = {
  'quarantine.list': {
    ...base,
    ...ADDRESSES['quarantine.list'],
    summary: 'Your files that were in the place of a link',
    query: page,
    answer: QuarantinePage,
  },

  'quarantine.restore': {
    ...base,
    ...ADDRESSES['quarantine.restore'],
    summary: 'Restores a file to its path, or under another name beside it',
    params: id,
    body: QuarantineRestore,
    answer: QuarantineRestored,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'quarantine.not_found',
      'quarantine.no_origin',
      'view.path_taken',
    ],
  },

  'quarantine.discard': {
    ...base,
    ...ADDRESSES['quarantine.discard'],
    access: 'owner',
    summary: 'Moves a file from quarantine to the trash; a last copy only when confirmed by digest',
    params: id,
    query: QuarantineDiscard,
    answer: QuarantineDiscarded,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'quarantine.not_found',
      'blob.last_copy',
      'import.source_changed',
    ],
  },
} as const satisfies EndpointRows
