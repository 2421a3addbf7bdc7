/** The job that removes what has expired. */
import { cleanStore } from '../../../domain/maintenance/clean-store.ts'
import type { Services } from '../../services.ts'
import type { JobPlan } from '../job-model.ts'

/** Returns the job that removes expired trash and abandoned partial files from the store. */
export function cleanJob(services: Services): JobPlan {
  const actor = 'service'
  return {
    kind: 'store.clean',
    needs: { store: true },
    priority: 'idle',
    actor,
    request: {},
    run: async () => ({ ...(await cleanStore(services, actor, { dry_run: false })) }),
  }
}
