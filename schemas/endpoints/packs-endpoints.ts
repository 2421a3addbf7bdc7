/** Packs: rows of the endpoint table. */
import * as v from 'valibot'
import { PackName } from '../ids.ts'
import {
  PackChange,
  PackCreate,
  PackDeletion,
  PackDetail,
  PackEdit,
  PackPage,
  ResolveResult,
} from '../pack.ts'
import { PackExport, PackRestoreResult } from '../pack-export.ts'
import { DryRunRequest, PageQuery, QueryBoolean } from '../values.ts'
import { ADDRESSES } from './addresses.ts'
import { BODY_LIMITS, base, none, type EndpointRows } from './endpoint.ts'

const pack = { name: PackName }
const dryRun = v.strictObject({ dry_run: v.optional(QueryBoolean, false) })

/** Rows of packs. */
export const PACKS_ENDPOINTS = {
  'packs.list': {
    ...base,
    ...ADDRESSES['packs.list'],
    summary: 'Packs by name',
    query: v.strictObject({
      search: v.optional(v.pipe(v.string(), v.maxLength(200))),
      ...PageQuery,
    }),
    answer: PackPage,
  },

  'packs.create': {
    ...base,
    ...ADDRESSES['packs.create'],
    summary: 'Creates a pack of files that are in the store',
    body: v.strictObject({ ...PackCreate.entries, ...DryRunRequest.entries }),
    limit: BODY_LIMITS.lists,
    answer: PackChange,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'pack.name_taken',
      'pack.not_found',
      'pack.cycle',
      'blob.not_found',
    ],
  },

  'packs.restore': {
    ...base,
    ...ADDRESSES['packs.restore'],
    summary: 'Makes a pack from an export; repeating it changes nothing',
    query: dryRun,
    body: PackExport,
    limit: BODY_LIMITS.export,
    answer: PackRestoreResult,
    needs: 'lock',
    errors: ['store.not_initialized', 'export.invalid', 'pack.name_taken', 'store.newer_format'],
  },

  'packs.show': {
    ...base,
    ...ADDRESSES['packs.show'],
    summary: 'A pack with its files',
    params: pack,
    answer: PackDetail,
    errors: ['pack.not_found', 'store.document_broken', 'store.newer_format'],
  },

  'packs.edit': {
    ...base,
    ...ADDRESSES['packs.edit'],
    summary: 'Changes the named fields',
    params: pack,
    body: v.strictObject({ ...PackEdit.entries, ...DryRunRequest.entries }),
    limit: BODY_LIMITS.lists,
    answer: PackChange,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'pack.not_found',
      'pack.name_taken',
      'pack.cycle',
      'blob.not_found',
      'view.path_taken',
    ],
  },

  'packs.delete': {
    ...base,
    ...ADDRESSES['packs.delete'],
    summary: 'Deletes a pack, never its model files',
    params: pack,
    query: dryRun,
    answer: PackDeletion,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'pack.not_found',
      'profile.conflict',
      'pack.cycle',
      'view.path_taken',
    ],
  },

  'packs.resolve': {
    ...base,
    ...ADDRESSES['packs.resolve'],
    summary: 'Fills the lock from files in the store',
    params: pack,
    body: DryRunRequest,
    answer: ResolveResult,
    needs: 'lock',
    errors: ['store.not_initialized', 'pack.not_found'],
  },

  'packs.export': {
    ...base,
    ...ADDRESSES['packs.export'],
    summary: 'The pack in one document, without model bytes',
    params: pack,
    body: none,
    answer: PackExport,
    errors: ['pack.not_found', 'input.too_large'],
  },
} as const satisfies EndpointRows
