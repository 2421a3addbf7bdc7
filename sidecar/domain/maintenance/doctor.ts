/** Doctor: checks every invariant in a named step, and repairs on request. */
import { isAppError } from '../../../schemas/errors.ts'
import type { DoctorReport, DoctorRequest, Finding } from '../../../schemas/store.ts'
import { ensureStoreFolders } from '../../store/store-folders.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { checkCancelled, type ActorWork } from '../progress.ts'
import { checkDocuments, checkNames } from './check-documents.ts'
import { checkAsides } from './check-asides.ts'
import { checkElsewhere } from './check-elsewhere.ts'
import { checkInPlace } from './check-in-place.ts'
import { checkMissingDocuments } from './check-missing-documents.ts'
import { checkLines } from './broken-lines.ts'
import { checkParts } from './check-parts.ts'
import { finding } from './finding.ts'
import { adoptFiles } from '../imports/adopt-files.ts'
import { checkQuarantine, checkViews } from './check-views.ts'
import { checkIntegrity, checkModes } from './check-blobs.ts'
import type { Examination, Check, DoctorContext } from './examination.ts'
import { checkLayouts } from './check-layouts.ts'
import { checkActive } from './check-active.ts'
import { checkTrash } from './check-trash.ts'
import { checkJournal } from './check-journal.ts'
import { checkBlobFolders } from './check-blob-folders.ts'

async function checkIndex({ ctx, request, work }: Examination): Promise<Finding[]> {
  if (request.rebuild_index) {
    await ctx.rebuildIndex(work)
    return [
      finding('index', 'note', {
        message: 'The index was rebuilt',
        repairable: true,
        repaired: true,
      }),
    ]
  }
  const wrong = await ctx.reconcileIndex()
  if (wrong === 0) return []
  const rows = wrong === 1 ? '1 row' : `${String(wrong)} rows`
  const message = `The disk had changed behind ${rows} of the index`
  return [finding('index', 'note', { message, repairable: true, repaired: true })]
}

async function checkBytes({ ctx, request, work }: Examination): Promise<Finding[]> {
  if (!request.verify_blobs) return []
  const result = await ctx.verifyAll(work)
  // Bad blobs are recorded now: the next check reports them, with those known before.
  return result.errors.map((one) =>
    finding('bytes', 'error', `The model ${one.sha256.slice(0, 12)} cannot be read: ${one.detail}`),
  )
}

/** The checks that work while a part of the store is offline. */
const WITHOUT_PARTS = new Set(['parts', 'documents', 'names', 'journal'])

function checkWriters({ ctx, reader, request, work }: Examination): Promise<Finding[]> {
  return checkInPlace(reader, (repair) => ctx.recheckInPlace(work, repair), request.repair)
}

function checkViewFolders({ ctx, request, work }: Examination): Promise<Finding[]> {
  const repair = request.repair || request.rebuild_views
  const adopt = async () => {
    if (!repair && !request.adopt) return
    await adoptFiles(ctx, { ...work, actor: 'doctor' }, { copiesOnly: !request.adopt })
  }
  return checkViews({ store: ctx.store, repair, adopt })
}

const CHECKS: readonly (readonly [string, Check])[] = [
  ['parts', ({ ctx, request }) => checkParts(ctx.store, request.repair)],
  ['documents', checkDocuments],
  ['papers', ({ ctx, request }) => checkMissingDocuments(ctx.store, request.forget_packs)],
  ['names', checkNames],
  ['layouts', checkLayouts],
  ['journal', checkJournal],
  ['copied', ({ ctx, request }) => checkElsewhere(ctx.store, request)],
  ['asides', ({ ctx }) => checkAsides(ctx.store, ctx.importSourceFolders())],
  ['active', checkActive],
  ['views', checkViewFolders],
  ['quarantine', ({ reader }) => checkQuarantine(reader)],
  ['blobs', checkBlobFolders],
  ['trash', checkTrash],
  ['in_place', checkWriters],
  ['index', checkIndex],
  ['lines', checkLines],
  ['bytes', checkBytes],
  ['integrity', checkIntegrity],
  ['modes', checkModes],
]

/** The checks that need to know how links are made here. */
const NEEDS_STYLE = new Set(['active', 'views'])

/** Reports whether it is known how links are made: the settings may be unreadable. */
function knowsLinkStyle({ linkStyles }: StoreReader): boolean {
  try {
    linkStyles.usual()
    return true
  } catch (error) {
    if (!isAppError(error)) throw error
    return false
  }
}

/**
 * Runs one check. An error that it throws becomes a finding, unless another finding says the same:
 * one broken document does not end the examination.
 */
async function attempt(
  check: string,
  before: readonly Finding[],
  run: () => Promise<Finding[]> | Finding[],
): Promise<Finding[]> {
  try {
    return await run()
  } catch (error) {
    if (!isAppError(error) || error.code === 'job.cancelled') throw error
    if (before.some(({ message }) => message.includes(error.message))) {
      return [finding(check, 'note', 'Not checked: a document that it needs cannot be read')]
    }
    return [finding(check, 'error', `Not checked: ${error.message}`)]
  }
}

async function prepareRepair(
  { ctx, request }: Examination,
  knowsStyle: boolean,
): Promise<Finding[]> {
  await ctx.store.transact('doctor', async (tx) => {
    await ensureStoreFolders(tx.paths)
    if (request.rebuild_views && knowsStyle) await syncActiveViews(tx, 'full')
  })
  return []
}

/**
 * Examines the store, even if its settings cannot be read: each check that needs them reports that.
 * Without `repair` only the index is changed.
 * @throws store.not_initialized, job.cancelled
 */
export async function examineStore(
  ctx: DoctorContext,
  work: ActorWork,
  request: DoctorRequest,
): Promise<DoctorReport> {
  const { reader } = ctx.store
  reader.requireInitialized()
  const knowsStyle = knowsLinkStyle(reader)
  const whole = reader.parts.look().offline.length === 0
  const findings: Finding[] = []
  const checks: DoctorReport['checks'] = []
  const wanted = CHECKS.filter(
    ([check]) => (whole || WITHOUT_PARTS.has(check)) && (knowsStyle || !NEEDS_STYLE.has(check)),
  )
  const examination = { ctx, reader, request, work }
  if (whole && (request.repair || request.rebuild_views)) {
    findings.push(
      ...(await attempt('repair', findings, () => prepareRepair(examination, knowsStyle))),
    )
  }
  for (const [index, [check, run]] of wanted.entries()) {
    checkCancelled(work.signal)
    work.report({ stage: check, done: index, total: wanted.length, unit: 'steps' })
    const started = performance.now()
    const found = await attempt(check, findings, () => run(examination))
    findings.push(...found)
    checks.push({ check, findings: found.length, duration_ms: performance.now() - started })
  }
  const unrepaired = findings.filter((one) => one.severity === 'error' && !one.repaired)
  return { healthy: unrepaired.length === 0, findings, checks }
}
