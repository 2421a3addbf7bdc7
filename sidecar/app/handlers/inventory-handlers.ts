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
  requireDigest,
  requireItem,
  showBlob,
} from '../../domain/inventory/read-inventory.ts'
import { migrateJob } from '../jobs/kinds/migrate.ts'
import { verifyJob } from '../jobs/kinds/verify.ts'
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

type Approve = HandlersOf<'inventory'>['inventory.approve']

function approval(services: Services, approved: boolean): Approve {
  return async ({ params, body }, { actor }) => {
    const sha256 = await requireDigest(services, params.item)
    return body.dry_run
      ? previewApproval(services, { sha256, approved })
      : approveBlob(services, actor, { sha256, approved })
  }
}

/** Handlers of the inventory. */
export function inventoryHandlers({ services }: HandlerContext): HandlersOf<'inventory'> {
  const { jobs } = services
  return {
    'inventory.list': ({ query }) => listInventory(services, query),
    'inventory.facets': ({ query }) => inventoryFacets(services, query),
    'inventory.summary': () => inventorySummary(services),
    'inventory.show': ({ params }) => showBlob(services, params.item),
    'inventory.impact': async ({ params }) => {
      services.store.reader.requireInitialized()
      await services.index.complete()
      return impactsOf(services, params.item)
    },
    'inventory.delete': async ({ params, query }, { actor }) => {
      const sha256 = await requireDigest(services, params.item)
      return deleteBlob(deleteContext(services), actor, { ...query, sha256 })
    },
    'inventory.cleanup': ({ body }, { actor }) =>
      runAsGroup(uuidv7(services.clock.now()), () =>
        cleanupOrphans(deleteContext(services), actor, body),
      ),
    'inventory.verify': ({ body }, { actor }) => jobs.start(verifyJob(services, { actor }, body)),
    'inventory.migrate_manifests': ({ body }, { actor }) =>
      jobs.start(migrateJob(services, actor, body)),
    'inventory.approve': approval(services, true),
    'inventory.revoke': approval(services, false),
  }
}
