/** Model files: rows of the endpoint table. */
import { ItemId } from '../ids.ts'
import {
  ApprovalResult,
  CleanupRequest,
  CleanupResult,
  DeleteQuery,
  DeleteResult,
  Impacts,
  InventoryDetail,
  InventoryPage,
  InventorySummary,
  MigrateRequest,
  VerifyRequest,
} from '../inventory.ts'
import { FacetsQuery, InventoryFacets, InventoryQuery } from '../inventory-query.ts'
import { Job } from '../jobs.ts'
import { DryRunRequest } from '../values.ts'
import { ADDRESSES } from './addresses.ts'
import { BODY_LIMITS, base, type EndpointRows } from './endpoint.ts'

const item = { item: ItemId }

/** Rows of model files. */
export const INVENTORY_ENDPOINTS = {
  'inventory.list': {
    ...base,
    ...ADDRESSES['inventory.list'],
    summary: 'Model files, sorted; a filter given several times lets each of its values pass',
    query: InventoryQuery,
    answer: InventoryPage,
    errors: ['store.not_initialized'],
  },

  'inventory.facets': {
    ...base,
    ...ADDRESSES['inventory.facets'],
    summary: 'The values of each filter, counted among what the other filters let pass',
    query: FacetsQuery,
    answer: InventoryFacets,
    errors: ['store.not_initialized'],
  },

  'inventory.summary': {
    ...base,
    ...ADDRESSES['inventory.summary'],
    summary: 'Counts and bytes over all model files',
    answer: InventorySummary,
    errors: ['store.not_initialized'],
  },

  'inventory.show': {
    ...base,
    ...ADDRESSES['inventory.show'],
    summary: 'All that is known of one model file',
    params: item,
    answer: InventoryDetail,
    errors: ['store.not_initialized', 'blob.not_found'],
  },

  'inventory.impact': {
    ...base,
    ...ADDRESSES['inventory.impact'],
    summary: 'What deleting a model file would break',
    params: item,
    answer: Impacts,
    errors: ['store.not_initialized', 'blob.not_found'],
  },

  'inventory.delete': {
    ...base,
    ...ADDRESSES['inventory.delete'],
    summary: 'Deletes a copy of a model file; the last copy only when confirmed by digest',
    params: item,
    query: DeleteQuery,
    answer: DeleteResult,
    needs: 'lock',
    errors: [
      'store.not_initialized',
      'blob.not_found',
      'blob.not_hashed',
      'blob.not_at_location',
      'blob.last_copy',
      'blob.in_use',
      'location.not_found',
    ],
  },

  'inventory.cleanup': {
    ...base,
    ...ADDRESSES['inventory.cleanup'],
    summary: 'Deletes orphans; only lists them unless dry_run=false',
    body: CleanupRequest,
    answer: CleanupResult,
    needs: 'lock',
    errors: ['store.not_initialized', 'inventory.references_unreadable'],
  },

  'inventory.verify': {
    ...base,
    ...ADDRESSES['inventory.verify'],
    summary: 'Reads model files back and compares their digests',
    body: VerifyRequest,
    limit: BODY_LIMITS.lists,
    answer: Job,
    status: 202,
    needs: 'nothing',
    errors: ['service.not_running'],
    jobErrors: ['store.not_initialized', 'job.cancelled', 'job.interrupted'],
  },

  'inventory.migrate_manifests': {
    ...base,
    ...ADDRESSES['inventory.migrate_manifests'],
    summary: 'Writes missing manifests of referenced model files from the locks',
    body: MigrateRequest,
    answer: Job,
    status: 202,
    needs: 'nothing',
    errors: ['service.not_running'],
    jobErrors: ['store.not_initialized', 'job.cancelled', 'job.interrupted'],
  },

  'inventory.approve': {
    ...base,
    ...ADDRESSES['inventory.approve'],
    access: 'owner',
    summary: 'Allows a pickle model in views',
    params: item,
    body: DryRunRequest,
    answer: ApprovalResult,
    needs: 'lock',
    errors: ['store.not_initialized', 'blob.not_found', 'blob.not_hashed'],
  },

  'inventory.revoke': {
    ...base,
    ...ADDRESSES['inventory.revoke'],
    access: 'owner',
    summary: 'Blocks a pickle model again',
    params: item,
    body: DryRunRequest,
    answer: ApprovalResult,
    needs: 'lock',
    errors: ['store.not_initialized', 'blob.not_found', 'blob.not_hashed'],
  },
} as const satisfies EndpointRows
