/** The job that examines and repairs the store. */
import type { Integrity } from '../../../../schemas/inventory.ts'
import type { DoctorRequest } from '../../../../schemas/store.ts'
import { recheckInPlace } from '../../../domain/imports/recheck-in-place.ts'
import { verifyBlobs } from '../../../domain/inventory/verify-blobs.ts'
import { examineStore } from '../../../domain/maintenance/doctor.ts'
import type { Work } from '../../../domain/progress.ts'
import { InPlaceLedger } from '../../../store/in-place-ledger.ts'
import { importSourceFolders } from '../../mounts/import-source-folders.ts'
import type { Services } from '../../services.ts'
import type { JobPlan } from '../job-model.ts'
import { verifyContext } from './verify.ts'

const EVERYTHING = { sort_by: 'name_asc', include_verification: false, offset: 0 } as const

/** Returns how many rows were wrong; none where the index is filled for the first time. */
async function reconcileIndex({ index, store }: Services): Promise<number> {
  const wasComplete = index.isComplete()
  const wrong = await index.reconcile(store.reader, { thorough: true })
  return wasComplete ? wrong : 0
}

/** Returns the job that examines and repairs the store. */
export function doctorJob(services: Services, actor: string, request: DoctorRequest): JobPlan {
  const context = {
    ...services,
    verifyAll: (work: Work) =>
      verifyBlobs(verifyContext(services), { ...work, actor }, { all: true, changed: false }),
    reconcileIndex: () => reconcileIndex(services),
    modelsThatAre: (integrity: Integrity, limit: number) =>
      services.index.list({ ...EVERYTHING, integrity, limit }),
    keepsModes: () => services.store.reader.linkStyles.facts().modes,
    recheckInPlace: async (work: Work, evict: boolean) => {
      const blobs = new InPlaceLedger(services.store.paths.inPlace).blobs()
      return recheckInPlace(services, { ...work, actor }, { blobs, evict })
    },
    importSourceFolders: () => importSourceFolders(services),
    rebuildIndex: async (work: Work) => {
      await services.index.rebuild(services.store.reader, work)
      services.publish({ type: 'index.rebuilt' })
    },
  }
  return {
    kind: 'store.doctor',
    needs: { store: true, paths: request.verify_blobs ? [services.store.paths.blobs] : [] },
    priority: 'interactive',
    actor,
    request: { ...request },
    run: async (work) => ({ ...(await examineStore(context, { ...work, actor }, request)) }),
  }
}
