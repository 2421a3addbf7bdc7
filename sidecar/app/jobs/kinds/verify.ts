/** The job that reads blobs back. */
import type { VerifyRequest } from '../../../../schemas/inventory.ts'
import { verifyBlobs, type VerifyContext } from '../../../domain/inventory/verify-blobs.ts'
import type { Services } from '../../services.ts'
import type { JobPlan, JobPriority } from '../job-model.ts'

/** Who requests it, and its priority; `interactive` by default. */
export interface VerifyAsker {
  readonly actor: string
  readonly priority?: JobPriority
}

/** Returns the context for reading blobs back. */
export function verifyContext(services: Services): VerifyContext {
  return { ...services, suspects: () => services.index.suspects() }
}

/** Returns the job that reads blobs back; it resumes where it was. */
export function verifyJob(
  services: Services,
  { actor, priority = 'interactive' }: VerifyAsker,
  request: VerifyRequest,
): JobPlan {
  return {
    kind: 'inventory.verify',
    needs: { paths: [services.store.paths.blobs] },
    priority,
    yields: true,
    actor,
    request: { ...request },
    run: async (work) => ({
      ...(await verifyBlobs(verifyContext(services), { ...work, actor }, request)),
    }),
  }
}
