/** Doctor: every invariant checked by a named step; what is asked for is mended. */
import fs from 'node:fs'
import { isAppError } from '../../../schemas/errors.ts'
import { type Sha256, type UiName } from '../../../schemas/ids.ts'
import { BUILT_IN_LAYOUTS } from '../../../schemas/layouts.ts'
import type { DoctorReport, DoctorRequest, Finding } from '../../../schemas/store.ts'
import type { VerifyResult } from '../../../schemas/inventory.ts'
import type { HashPool } from '../../platform/hash-pool.ts'
import { filesSetAside, setAsideText } from '../../store/release-files.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { activateTop } from '../profiles/activate-top.ts'
import { checkCancelled, type Work } from '../progress.ts'
import { damagedEntries } from '../inventory/trash-entries.ts'
import { checkDocuments, checkNames } from './check-documents.ts'
import { checkAsides } from './check-asides.ts'
import { checkElsewhere } from './check-elsewhere.ts'
import type { LookResult } from '../imports/look-again.ts'
import { checkInPlace } from './check-in-place.ts'
import { checkPapers } from './check-papers.ts'
import { checkLines, type LinesContext } from './broken-lines.ts'
import { checkParts } from './check-parts.ts'
import { finding } from './finding.ts'
import { adoptFiles } from '../imports/adopt-files.ts'
import { layoutOf, uiNames } from '../views/layout.ts'
import { checkQuarantine, checkViews } from './check-views.ts'
import { checkIntegrity, checkModes, type BlobCheckContext } from './check-blobs.ts'

/** What doctor needs beside the store. */
export interface DoctorContext extends BlobCheckContext, LinesContext {
  readonly pool: HashPool
  /** Reads all blobs back. */
  readonly verifyAll: (work: Work) => Promise<VerifyResult>
  /** Holds the index against the disk and mends it; says how many rows that it had were wrong. */
  readonly reconcileIndex: () => Promise<number>
  /** Folders of a person's, from which this store has taken files. */
  readonly originalFolders: () => readonly string[]
  readonly rebuildIndex: (work: Work) => Promise<void>
  /** Looks again at all blobs that came in as they were; `repair`: takes changed ones out. */
  readonly lookAgain: (work: Work, repair: boolean) => Promise<LookResult>
}

interface Examination {
  readonly ctx: DoctorContext
  readonly reader: StoreReader
  readonly request: DoctorRequest
  readonly work: Work
}

type Check = (examination: Examination) => Promise<Finding[]> | Finding[]

function checkLayouts({ reader }: Examination): Finding[] {
  const config = reader.config()
  return uiNames(config).flatMap((ui) => {
    const unusable = layoutOf(config, ui).unusable.map((value) =>
      finding('layouts', 'warning', `${ui}: the folder of ${value} cannot be used`),
    )
    const own = config.ui.kind_map[ui] ?? {}
    const other = Object.entries(BUILT_IN_LAYOUTS[ui] ?? {})
      .filter(([kind, folder]) => own[kind] !== undefined && own[kind] !== folder)
      .map(([kind, folder]) =>
        finding(
          'layouts',
          'note',
          `${ui} looks for ${kind} in ${folder}, the config says ${String(own[kind])}; ` +
            'change it with `synapse config set`',
        ),
      )
    return [...unusable, ...other]
  })
}

/** Invariant 1: the active link leads to the top of the stack. */
async function checkActive(examination: Examination): Promise<Finding[]> {
  const { reader } = examination
  const found: Finding[] = []
  const switched = uiNames(reader.config()).filter((ui) => reader.linkStyle(ui).folder !== 'none')
  for (const ui of switched) {
    const top = reader.stack(ui).at(-1)
    const shown = reader.activeProfile(ui)
    const taken = fs.lstatSync(reader.paths.active(ui), { throwIfNoEntry: false })
    if (shown === top || (shown === null && taken === undefined)) continue
    const isLink = taken?.isSymbolicLink() === true
    const message = isLink
      ? `${ui} shows ${shown ?? 'nothing of ours'}, its stack says ${top ?? ''}`
      : `${reader.paths.place(reader.paths.active(ui))} is no link`
    found.push(await repairUi(examination, ui, finding('active', 'error', message), true))
  }
  return found
}

async function repairUi(
  { ctx, request }: Examination,
  ui: UiName,
  found: Finding,
  repairable: boolean,
): Promise<Finding> {
  if (!repairable || !(request.repair || request.rebuild_views)) return { ...found, repairable }
  try {
    await ctx.store.transact('doctor', async (tx) => {
      await activateTop(tx, ui, 'full')
      await tx.completePendingViews()
    })
    return { ...found, repairable, repaired: true }
  } catch (error) {
    return { ...found, repairable, message: `${found.message} (not repaired: ${String(error)})` }
  }
}

/** Strange names among the blobs; manifests that cannot be read. */
function checkBlobFolders({ reader }: Examination): Finding[] {
  return reader.blobShards().flatMap((shard) => {
    const folder = `${reader.paths.blobs}/${shard}`
    const good = new Set<string>(reader.blobNames(shard))
    return fs.readdirSync(folder).flatMap((name) => {
      const blob = name.replace(/\.meta$/u, '')
      const path = `data/blobs/sha256/${shard}/${name}`
      if (name.endsWith('.meta') && reader.meta(blob as Sha256) === null) {
        return [finding('manifests', 'warning', 'The manifest cannot be read', { path })]
      }
      if (good.has(name) || name.endsWith('.meta') || name.endsWith('.part')) return []
      return [finding('blobs', 'note', 'This is no model file of ours', { path })]
    })
  })
}

async function checkJournal({ ctx, reader }: Examination): Promise<Finding[]> {
  const open = reader.openHere()
  const aside = await filesSetAside(ctx.store, open)
  return [
    ...open.map(({ begin }) =>
      finding('journal', 'warning', `${begin.op} of ${begin.at} is not finished yet`),
    ),
    ...aside.map((file) => finding('journal', 'warning', setAsideText(file), { path: file.aside })),
  ]
}

async function checkIndex({ ctx, request, work }: Examination): Promise<Finding[]> {
  if (request.rebuild_index) {
    await ctx.rebuildIndex(work)
    return [finding('index', 'note', 'The index was rebuilt', { repairable: true, repaired: true })]
  }
  const wrong = await ctx.reconcileIndex()
  if (wrong === 0) return []
  const rows = wrong === 1 ? '1 row' : `${String(wrong)} rows`
  const message = `The disk had changed behind ${rows} of the index`
  return [finding('index', 'note', message, { repairable: true, repaired: true })]
}

async function checkBytes({ ctx, request, work }: Examination): Promise<Finding[]> {
  if (!request.verify_blobs) return []
  const result = await ctx.verifyAll(work)
  // What turned out bad is recorded now: the next check tells of it, with all that was known before.
  return result.errors.map((one) =>
    finding('bytes', 'error', `The model ${one.sha256.slice(0, 12)} cannot be read: ${one.detail}`),
  )
}

/** Entries of the trash whose papers are torn or gone. */
function checkTrash({ reader }: Examination): Finding[] {
  return damagedEntries(reader).map(({ id, display_name }) =>
    finding(
      'trash',
      'warning',
      `The papers of ${display_name} in the trash cannot be read; it stays until you restore it (synapse trash restore ${id}) or empty the trash`,
      { path: reader.paths.place(reader.trashEntryFolder(id)) },
    ),
  )
}

/** What can be checked while a part of the store is offline. */
const WITHOUT_PARTS = new Set(['parts', 'documents', 'names', 'journal'])

function checkWriters({ ctx, reader, request, work }: Examination): Promise<Finding[]> {
  return checkInPlace(reader, (repair) => ctx.lookAgain(work, repair), request.repair)
}

function checkViewFolders({ ctx, request, work }: Examination): Promise<Finding[]> {
  const repair = request.repair || request.rebuild_views
  const adopt = async () => {
    if (!repair && !request.adopt) return
    await adoptFiles(ctx, 'doctor', work, { copiesOnly: !request.adopt })
  }
  return checkViews({ store: ctx.store, repair, adopt })
}

const CHECKS: readonly (readonly [string, Check])[] = [
  ['parts', ({ ctx, request }) => checkParts(ctx.store, request.repair)],
  ['documents', checkDocuments],
  ['papers', ({ ctx, request }) => checkPapers(ctx.store, request.forget_packs)],
  ['names', checkNames],
  ['layouts', checkLayouts],
  ['journal', checkJournal],
  ['copied', ({ ctx, request }) => checkElsewhere(ctx.store, request)],
  ['asides', ({ ctx }) => checkAsides(ctx.store, ctx.originalFolders())],
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

/** What cannot be checked while nobody knows how links are made here. */
const NEEDS_STYLE = new Set(['active', 'views'])

/** Reports whether it is known how links are made: a document that tells may be broken. */
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
 * Runs a part of the examination. What it throws is a finding, unless another one says the same:
 * one broken document does not end the whole.
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
    await tx.ensureFolders()
    if (request.rebuild_views && knowsStyle) await syncActiveViews(tx, 'full')
  })
  return []
}

/**
 * Examines the store, also one whose settings cannot be read: each check that needs them says so.
 * Without `repair` nothing but the index is changed.
 * @throws store.not_initialized, job.cancelled
 */
export async function examineStore(
  ctx: DoctorContext,
  request: DoctorRequest,
  work: Work,
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
  const unmended = findings.filter((one) => one.severity === 'error' && !one.repaired)
  return { healthy: unmended.length === 0, findings, checks }
}
