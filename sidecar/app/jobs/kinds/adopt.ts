/** The job that imports what others put into views. */
import * as v from 'valibot'
import { adoptFiles } from '../../../domain/imports/adopt-files.ts'
import type { AdoptContext } from '../../../domain/imports/stage-unmanaged.ts'
import type { JobPlan } from '../job-model.ts'

/** What the job is asked. */
export const AdoptOrder = v.strictObject({
  /** `<interface>/<profile>` of each view; all where it is left out. */
  views: v.exactOptional(v.array(v.string())),
})

/** Takes in model files that others put into views: into all, or into those that are named. */
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
