/** `inventory.*`. */
import type { Sha256 } from '../../../schemas/ids.ts'
import { approveBlob, previewApproval } from '../../domain/inventory/approve-blob.ts'
import { uuidv7 } from '../../platform/uuid.ts'
import { runAsGroup } from '../../store/operation-group.ts'
import { deleteBlob } from '../../domain/inventory/delete-blob.ts'
import { cleanupOrphans } from '../../domain/inventory/cleanup-orphans.ts'
import type { DeleteContext } from '../../domain/inventory/delete-context.ts'
import {
  impactsOf,
  inventoryFacets,
  inventorySummary,
  listInventory,
  requireItem,
  showBlob,
} from '../../domain/inventory/read-inventory.ts'
import { migrateJob, verifyJob } from '../jobs/job-kinds.ts'
import type { Services } from '../services.ts'
import type { HandlerContext, HandlersOf } from './context.ts'

function deleteContext(services: Services): DeleteContext {
  return {
    ...services,
    impactsOf: (sha256) => impactsOf(services, sha256),
    itemOf: (sha256: Sha256) => requireItem(services, sha256),
    orphans: () => services.index.orphans(),
    complete: () => services.index.complete(),
    unreadable: () => services.index.unreadableReferences(),
  }
}

/** Handlers of the inventory. */
export function inventoryHandlers({ services }: HandlerContext): HandlersOf<'inventory'> {
  const { jobs } = services
  return {
    'inventory.list': ({ query }) => listInventory(services, query),
    'inventory.facets': ({ query }) => inventoryFacets(services, query),
    'inventory.summary': () => inventorySummary(services),
    'inventory.show': ({ params }) => showBlob(services, params.sha256),
    'inventory.impact': async ({ params }) => {
      services.store.reader.requireInitialized()
      await services.index.complete()
      return impactsOf(services, params.sha256)
    },
    'inventory.delete': ({ params, query }, { actor }) =>
      deleteBlob(deleteContext(services), actor, { ...query, sha256: params.sha256 }),
    'inventory.cleanup': ({ body }, { actor }) =>
      runAsGroup(uuidv7(services.clock.now()), () =>
        cleanupOrphans(deleteContext(services), actor, body),
      ),
    'inventory.verify': ({ body }, { actor }) => jobs.start(verifyJob(services, actor, body)),
    'inventory.migrate_manifests': ({ body }, { actor }) =>
      jobs.start(migrateJob(services, actor, body)),
    'inventory.approve': ({ params, body }, { actor }) =>
      body.dry_run
        ? previewApproval(services, { sha256: params.sha256, approved: true })
        : approveBlob(services, actor, { sha256: params.sha256, approved: true }),
    'inventory.revoke': ({ params, body }, { actor }) =>
      body.dry_run
        ? previewApproval(services, { sha256: params.sha256, approved: false })
        : approveBlob(services, actor, { sha256: params.sha256, approved: false }),
  }
}
