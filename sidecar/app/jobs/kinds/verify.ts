/** The job that reads blobs back. */
import type { VerifyRequest } from '../../../../schemas/inventory.ts'
import { verifyBlobs, type VerifyContext } from '../../../domain/inventory/verify-blobs.ts'
import type { Services } from '../../services.ts'
import type { JobPlan, JobPriority } from '../job-model.ts'

/** Who asks for it, and how urgently; `interactive` where that is left out. */
export interface VerifyAsker {
  readonly actor: string
  readonly priority?: JobPriority
}

/** Returns what reading blobs back needs. */
export function verifyContext(services: Services): VerifyContext {
  return { ...services, suspects: () => services.index.suspects() }
}

/** Reads blobs back; goes on where it was. */
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
