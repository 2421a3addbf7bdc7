/** The kinds of jobs that are resumed after a restart. */
import * as v from 'valibot'
import { VerifyRequest } from '../../../schemas/inventory.ts'
import { DoctorRequest } from '../../../schemas/store.ts'
import type { Services } from '../services.ts'
import type { Resumable } from './job-model.ts'
import { adoptJob, AdoptOrder } from './kinds/adopt.ts'
import { cleanJob } from './kinds/clean.ts'
import { doctorJob } from './kinds/doctor.ts'
import { importJob } from './kinds/import.ts'
import { migrateJob, MigrateOrder } from './kinds/migrate.ts'
import { verifyJob } from './kinds/verify.ts'
import { requireStillAllowed } from './resume-rights.ts'
import { StoredOrder } from './stored-order.ts'

/**
 * Returns the kinds of jobs that can be repeated after a restart. Building the view of a starting
 * interface is not among them: the active profile may have changed since.
 */
export function resumableJobs(services: Services): Resumable {
  return {
    'import.files': (request, actor) => {
      const order = v.parse(StoredOrder, request)
      requireStillAllowed(services.store.reader, order)
      return importJob(services, actor, order)
    },
    'inventory.verify': (request, actor) =>
      verifyJob(services, { actor }, v.parse(VerifyRequest, request)),
    'inventory.migrate_manifests': (request, actor) =>
      migrateJob(services, actor, v.parse(MigrateOrder, request)),
    'store.doctor': (request, actor) => doctorJob(services, actor, v.parse(DoctorRequest, request)),
    'store.clean': () => cleanJob(services),
    'view.adopt': (request) => adoptJob(services, v.parse(AdoptOrder, request)),
  }
}
