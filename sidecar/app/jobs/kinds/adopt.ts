/** The job that imports files that other programs put into views. */
import * as v from 'valibot'
import { adoptFiles } from '../../../domain/imports/adopt-files.ts'
import type { AdoptContext } from '../../../domain/imports/stage-unmanaged.ts'
import type { JobPlan } from '../job-model.ts'

/** The request of the job. */
export const AdoptOrder = v.strictObject({
  /** `<interface>/<profile>` of each view; all where it is left out. */
  views: v.exactOptional(v.array(v.string())),
})

/**
 * Returns the job that imports model files that other programs put into views: all views, or the
 * named ones.
 */
export function adoptJob(
  services: AdoptContext,
  order: v.InferOutput<typeof AdoptOrder> = {},
): JobPlan {
  const actor = 'watcher'
  return {
    kind: 'view.adopt',
    needs: { paths: [services.store.paths.data, services.store.paths.blobs] },
    actor,
    request: { ...order },
    run: async (work) => ({ ...(await adoptFiles(services, { ...work, actor }, order)) }),
  }
}
