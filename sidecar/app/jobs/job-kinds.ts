/** Every kind of jobs: what it needs, its request and what it runs. */
import * as v from 'valibot'
import type { ProfileName, UiName } from '../../../schemas/ids.ts'
import type { ImportedFile } from '../../../schemas/imports.ts'
import { VerifyRequest, type Integrity } from '../../../schemas/inventory.ts'
import { DoctorRequest } from '../../../schemas/store.ts'
import type { ScopedImportRequest } from '../../domain/imports/find-files.ts'
import { importFiles } from '../../domain/imports/import-files.ts'
import { checkImport } from '../../domain/imports/preview-import.ts'
import { lookAgain } from '../../domain/imports/look-again.ts'
import { InPlaceLedger } from '../../store/in-place-ledger.ts'
import { migrateManifests } from '../../domain/inventory/migrate-manifests.ts'
import { verifyBlobs, type VerifyContext } from '../../domain/inventory/verify-blobs.ts'
import { activateProfile } from '../../domain/profiles/activate-profile.ts'
import { cleanStore } from '../../domain/maintenance/clean-store.ts'
import { examineStore } from '../../domain/maintenance/doctor.ts'
import type { Work } from '../../domain/progress.ts'
import { adoptJob, AdoptOrder } from './adopt-job.ts'
import type { JobPlan, Resumable } from './job-model.ts'
import { requireStillAllowed } from './resume-rights.ts'
import { StoredOrder } from './stored-order.ts'
import { originalFolders } from '../places/original-folders.ts'
import type { Services } from '../services.ts'

export { adoptJob }

/** What a person should see of ten thousand files: those that failed, and those that wait. */
function isNoteworthy(row: unknown): boolean {
  const { outcome, blocked } = row as Partial<ImportedFile>
  return outcome === 'failed' || blocked === true
}

/** Where a job that takes bytes in writes them. */
const storeFolders = ({ store: { paths } }: Services) => [paths.data, paths.blobs]

/** Takes files and folders into the store. */
export function importJob(
  services: Services,
  actor: string,
  request: ScopedImportRequest,
): JobPlan {
  return {
    kind: 'import.files',
    needs: { paths: [...storeFolders(services), ...request.paths] },
    priority: 'interactive',
    actor,
    request: { ...request },
    check: () => checkImport(services, request),
    run: async (work) => ({ ...(await importFiles(services, actor, request, work)) }),
    important: isNoteworthy,
  }
}

function verifyContext(services: Services): VerifyContext {
  return { ...services, suspects: () => services.index.suspects() }
}

/** Reads blobs back; goes on where it was. */
export function verifyJob(services: Services, actor: string, request: VerifyRequest): JobPlan {
  return {
    kind: 'inventory.verify',
    needs: { paths: [services.store.paths.blobs] },
    priority: 'interactive',
    yields: true,
    actor,
    request: { ...request },
    run: async (work) => ({
      ...(await verifyBlobs(verifyContext(services), { ...work, actor }, request)),
    }),
  }
}

/** Writes missing manifests. */
export function migrateJob(
  services: Services,
  actor: string,
  request: { readonly dry_run: boolean },
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

const EVERYTHING = { sort_by: 'name_asc', include_verification: false, offset: 0 } as const

/** How many rows were wrong; none where the index is filled for the first time. */
async function reconcileIndex({ index, store }: Services): Promise<number> {
  const wasComplete = index.isComplete()
  const wrong = await index.reconcile(store.reader, { thorough: true })
  return wasComplete ? wrong : 0
}

/** Examines and repairs the store. */
export function doctorJob(services: Services, actor: string, request: DoctorRequest): JobPlan {
  const context = {
    ...services,
    verifyAll: (work: Work) =>
      verifyBlobs(verifyContext(services), { ...work, actor }, { all: true, changed: false }),
    reconcileIndex: () => reconcileIndex(services),
    modelsThatAre: (integrity: Integrity, limit: number) =>
      services.index.list({ ...EVERYTHING, integrity, limit }),
    keepsModes: () => services.store.reader.linkStyles.facts().modes,
    lookAgain: async ({ signal }: Work, evict: boolean) => {
      const blobs = new InPlaceLedger(services.store.paths.inPlace).blobs()
      return lookAgain(services, actor, blobs, { signal, evict })
    },
    originalFolders: () => originalFolders(services),
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

/** Builds and shows a view that an interface asked for when it started. */
export function buildViewJob(services: Services, profile: ProfileName, ui: UiName): JobPlan {
  const run = async () => ({
    ...(await activateProfile(services, 'startup', {
      profile,
      ui_set: ui as never,
      dry_run: false,
    })),
  })
  return {
    kind: 'view.build',
    needs: { store: true },
    priority: 'interactive',
    pausable: false,
    actor: 'startup',
    request: { profile, ui },
    run,
  }
}

/** Removes trash that has expired and abandoned partial files, in the store alone. */
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

const MigrateOrder = v.strictObject({ dry_run: v.boolean() })

/**
 * Returns work that may simply be done again after the service was stopped. Not the view that an
 * interface asked for when it started: what is shown may have been changed since.
 */
export function resumableJobs(services: Services): Resumable {
  return {
    'import.files': (request, actor) => {
      const order = v.parse(StoredOrder, request)
      requireStillAllowed(services.store.reader, order)
      return importJob(services, actor, order)
    },
    'inventory.verify': (request, actor) =>
      verifyJob(services, actor, v.parse(VerifyRequest, request)),
    'inventory.migrate_manifests': (request, actor) =>
      migrateJob(services, actor, v.parse(MigrateOrder, request)),
    'store.doctor': (request, actor) => doctorJob(services, actor, v.parse(DoctorRequest, request)),
    'store.clean': () => cleanJob(services),
    'view.adopt': (request) => adoptJob(services, v.parse(AdoptOrder, request)),
  }
}
