/** Trash: rows of the endpoint table. */
import { Uuid } from '../ids.ts'
import { TrashEmptied, TrashPage, TrashRestored } from '../trash.ts'
import { DryRunRequest } from '../values.ts'
import { ADDRESSES } from './addresses.ts'
import { base, page, type EndpointRows } from './endpoint.ts'

const id = { id: Uuid }

/** Rows of the trash. */
export const TRASH_ENDPOINTS = {
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
