/** The job that writes missing manifests. */
import * as v from 'valibot'
import { migrateManifests } from '../../../domain/inventory/migrate-manifests.ts'
import type { Services } from '../../services.ts'
import type { JobPlan } from '../job-model.ts'

/** The request of the job. */
export const MigrateOrder = v.strictObject({ dry_run: v.boolean() })

/** Returns the job that writes missing manifests. */
export function migrateJob(
  services: Services,
  actor: string,
  request: v.InferOutput<typeof MigrateOrder>,
): JobPlan {
  return {
    kind: 'inventory.migrate_manifests',
    needs: { store: true },
    priority: 'interactive',
    actor,
    request: { ...request },
    run: async (work) => ({
      ...(await migrateManifests(services, { ...work, actor }, request)),
    }),
  }
}
