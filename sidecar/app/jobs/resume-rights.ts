/** Who may resume a job. */
import * as v from 'valibot'
import { AppError } from '../../../schemas/errors.ts'
import type { Job } from '../../../schemas/jobs.ts'
import { DoctorRequest } from '../../../schemas/store.ts'
import type { ScopedImportRequest } from '../../domain/imports/source-folders.ts'
import { contains } from '../../platform/resolve-inside.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { allowPaths } from '../auth/allow-paths.ts'
import type { Caller } from '../handlers/handler.ts'
import type { Services } from '../services.ts'
import { StoredOrder } from './stored-order.ts'

/**
 * Returns if a browser's import could be requested again: the owner may have removed a folder from
 * the import roots since. Compares paths as text: a folder may hang by now.
 * @throws auth.path_not_allowed
 */
export function requireStillAllowed(
  reader: StoreReader,
  { paths, within }: ScopedImportRequest,
): void {
  if (within === undefined) return
  const roots = reader.machine().import_roots
  const outside = paths.find((path) => !roots.some((root) => contains(root, path)))
  if (outside === undefined) return
  throw new AppError(
    'auth.path_not_allowed',
    `This browser may not import from ${outside} any more`,
  )
}

/**
 * Returns if a caller could request the job himself.
 * @throws auth.path_not_allowed, auth.forbidden, path.offline
 */
export async function allowResume(
  services: Services,
  caller: Caller,
  { kind, request }: Pick<Job, 'kind' | 'request'>,
): Promise<void> {
  if (kind === 'import.files') {
    const order = v.parse(StoredOrder, request)
    requireStillAllowed(services.store.reader, order)
    if (caller.scope === 'owner') return
    await allowPaths(services, caller, order.paths)
    // For a request of the owner, links may lead anywhere.
    if (order.within === undefined) throw notYours()
  }
  if (kind === 'store.doctor' && caller.scope !== 'owner') {
    const { finish, put_back } = v.parse(DoctorRequest, request)
    if (finish.length + put_back.length > 0) throw notYours()
  }
}

function notYours(): AppError {
  return new AppError('auth.forbidden', 'Only the owner resumes what the owner asked for')
}
