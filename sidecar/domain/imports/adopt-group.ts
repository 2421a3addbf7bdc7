/** Taking a group of stray files into the store, under one lock. */
import fs from 'node:fs'
import { isAppError } from '../../../schemas/errors.ts'
import type { PackName, UiName, Uuid } from '../../../schemas/ids.ts'
import { isPickleName } from '../../../schemas/kinds.ts'
import type { PlannedLink } from '../../../schemas/profile.ts'
import { refuseTouched, seenFile } from '../../platform/file-identity.ts'
import type { Digests, HashPool } from '../../platform/hash-pool.ts'
import { canLinkInto } from '../../platform/folder-pairs.ts'
import { blobsVolume } from '../../store/blobs-volume.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { StoreContext } from '../context.ts'
import type { Judged } from './judge-blob.ts'
import { publishBlob, publishSteps, type BlobFacts, type Publication } from './publish-blob.ts'
import { checkRest, type RecentRest, REST_MS, sourceBusy, type RestCheck } from '../models/rest.ts'
import { addToPack } from '../packs/change-packs.ts'
import type { Exposure } from '../packs/place-exposures.ts'
import { planReplacement } from '../packs/replace-file.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import { bringUpToDate } from '../profiles/show-top.ts'
import { dismantleView } from '../views/dismantle-view.ts'
import type { StrayFile } from '../views/find-foreign.ts'
import { foundPack } from '../views/found-pack.ts'
import { isIncomplete } from '../models/incomplete.ts'
import { gatherView } from '../views/gather-view.ts'
import { releaseCopy } from './release-copies.ts'
import { standingAt } from '../views/standing.ts'

/** What taking files in needs. */
export type AdoptContext = StoreContext & { readonly pool: HashPool }

/** A stray file that was read, and the blob that holds the same bytes, read back. */
export interface ReadStray {
  readonly file: StrayFile
  readonly digests: Digests
  readonly twin: Digests | null
  /** What the store holds under the digest. */
  readonly judged: Judged
}

/**
 * A file that may be a copy waits for no rest, since it is left alone if it turns out to be none;
 * any other has to be at rest, and whole as far as {@link isIncomplete} tells.
 */
async function mayBeTaken(file: StrayFile, rest: RestCheck): Promise<boolean> {
  const unrest = rest.unrest(file.path, file.names)
  if (file.copyOf !== null) return unrest === null || unrest === 'just_written'
  if (unrest !== null || Date.now() - file.modified_ms < REST_MS) return false
  return !(await isIncomplete(file.path, file.insteadOf !== null))
}

async function readStray(
  ctx: AdoptContext,
  file: StrayFile,
  signal: AbortSignal,
): Promise<ReadStray> {
  const digests = await ctx.pool.hash(file.path, { signal })
  const { reader } = ctx.store
  if (!reader.hasBlob(digests.sha256))
    return { file, digests, twin: null, judged: { is: 'absent' } }
  const twin = await ctx.pool.hash(reader.paths.blob(digests.sha256), { blake3: false, signal })
  const good = twin.sha256 === digests.sha256
  const judged = { is: good ? 'good' : 'bad', file: twin, reading: null } as const
  return { file, digests, twin: good ? twin : null, judged }
}

/** What publishing is told of a stray file. */
function publicationOf(
  tx: StoreTx,
  { file, digests, judged }: ReadStray,
): [BlobFacts, Publication] {
  const from = tx.paths.place(file.path)
  const facts = {
    digests,
    size_bytes: digests.size_bytes,
    original_filename: file.filename,
    kind: file.kind,
    source: from,
  }
  // The file keeps its name until a link stands there, where its bytes can have two.
  const isLinkedThere = file.shown || file.insteadOf !== null
  const moves = !isLinkedThere || !canLinkInto(file.path, blobsVolume(tx.paths))
  const mode = fs.lstatSync(file.path).mode & 0o7777
  const by = moves ? 'move' : 'hard_link'
  return [facts, { arrival: { by, from, mode }, how: moves ? 'moved' : 'hard_link', judged }]
}

async function publish(tx: StoreTx, stray: ReadStray): Promise<void> {
  const [facts, publication] = publicationOf(tx, stray)
  await publishBlob(tx, facts, publication)
}

/** Reports whether the store has the bytes, or has just got them in the place of damaged ones. */
const isHere = ({ judged }: ReadStray) => judged.is !== 'absent'

/** The link of a pack that a file replaces with other bytes; null where there is none. */
function replacedLink({ file, digests }: ReadStray): PlannedLink | null {
  const { insteadOf } = file
  return insteadOf === null || insteadOf.sha256 === digests.sha256 ? null : insteadOf
}

/** The file becomes the one that its pack shows; the former stays in the store under its name. */
async function replaceInPack(tx: StoreTx, stray: ReadStray, link: PlannedLink): Promise<void> {
  const { sha256, size_bytes } = stray.digests
  const { pack, dependency_id } = link
  const planned = planReplacement(tx, link, { sha256, size_bytes }, tx.timestamp())
  const [facts, { arrival }] = publicationOf(tx, stray)
  const path = facts.source
  const publishing = isHere(stray) ? [] : publishSteps(tx, facts, arrival)
  tx.touched.blobs.add(sha256).add(link.sha256)
  tx.touched.packs.add(pack as PackName)
  await tx.act(
    {
      op: 'view.adopt',
      before: { path, pack, dependency_id, sha256: link.sha256, ...planned.former },
      after: { pack, dependency_id, sha256 },
      viewsFollow: true,
    },
    [...publishing, ...planned.steps],
  )
}

/** Says whether a file joins the pack of what its interface brought. */
const joinsFound = (stray: ReadStray) => replacedLink(stray) === null && !isShownHere(stray)

function exposureOf({ file, digests }: ReadStray): Exposure {
  const { kind, filename: name, subfolder } = file
  const { sha256 } = digests
  return { sha256, kind, kind_guessed: false, name, subfolder, claims_path: true }
}

/** Files for the pack of what one interface brought, and the operation that a crash leaves open. */
interface Joining {
  readonly ui: UiName
  readonly pack: PackName
  readonly strays: readonly ReadStray[]
  readonly fill: Uuid
}

/** Writes down which files are to join a pack, before any of them leaves its place. */
async function beginJoining(tx: StoreTx, group: readonly ReadStray[]): Promise<Joining[]> {
  const joining: Joining[] = []
  for (const [ui, strays] of Map.groupBy(group.filter(joinsFound), ({ file }) => file.ui)) {
    const pack = foundPack(ui)
    const after = { pack, ui, files: strays.map(exposureOf) }
    joining.push({ ui, pack, strays, fill: await tx.begin({ op: 'pack.fill', after }) })
  }
  return joining
}

/** One edit of each pack for all files that came in. */
async function join(
  tx: StoreTx,
  { ui, pack, strays, fill }: Joining,
  failed: Map<ReadStray, string>,
): Promise<void> {
  const here = strays.filter((stray) => !failed.has(stray))
  try {
    if (here.length > 0) await addToPack(tx, pack, here.map(exposureOf), undefined, ui)
  } catch (error) {
    if (!isAppError(error) || error.code.startsWith('disk.')) throw error
    for (const stray of here) failed.set(stray, String(error))
  }
  await tx.end(fill)
}

/** Says whether the bytes are shown at this path already, but for the form in which they stand. */
function isShownHere(stray: ReadStray): boolean {
  const { file, digests } = stray
  if (file.copyOf === digests.sha256) return true
  return isHere(stray) && (file.copyOf !== null || file.insteadOf?.sha256 === digests.sha256)
}

/** Says whether somebody else has taken the file in meanwhile. */
function isTaken(tx: StoreTx, { file, digests }: ReadStray): boolean {
  const standing = standingAt(tx.paths, file.path, digests.sha256)
  return standing.is === 'link' && standing.sha256 === digests.sha256 && tx.hasBlob(digests.sha256)
}

/** Takes the file in and its bytes out of the view, where they do not become the blob. */
async function takeIn(tx: StoreTx, stray: ReadStray): Promise<void> {
  const { file, digests, twin } = stray
  refuseTouched(file.path, seenFile(digests))
  if (stray.judged.is === 'bad') await publish(tx, stray)
  const link = replacedLink(stray)
  if (link !== null) await replaceInPack(tx, stray, link)
  else if (!isHere(stray)) await publish(tx, stray)
  const isFile = standingAt(tx.paths, file.path, digests.sha256).is !== 'link'
  if (twin !== null && isFile) await releaseCopy(tx, { path: file.path, copy: digests, blob: twin })
}

/** @throws import.source_busy where somebody began to write since the file was read */
async function takeRested(tx: StoreTx, stray: ReadStray, rest: RestCheck): Promise<void> {
  const unrest = rest.unrest(stray.file.path, stray.file.names)
  if (unrest !== null && unrest !== 'just_written') throw sourceBusy(stray.file.path)
  await takeIn(tx, stray)
}

/** Views that nobody looks at follow as well, as far as they can; those of no profile go. */
async function followHidden(tx: StoreTx, files: readonly StrayFile[]) {
  const views = new Map(files.filter((one) => !one.shown).map((one) => [dirOf(tx, one), one]))
  for (const { ui, profile } of views.values()) {
    try {
      if (tx.knownView(ui, profile) === null) await dismantleView(tx, ui, profile)
      else await bringUpToDate(tx, gatherView(tx, { ui, profile }))
    } catch (error) {
      if (!isAppError(error)) throw error
    }
  }
}

const dirOf = (tx: StoreTx, { ui, profile }: StrayFile) => tx.paths.view(ui, profile)

/** Takes files in under one lock, with one edit of each pack; tells of each that could not be. */
export async function takeGroup(
  ctx: AdoptContext,
  actor: string,
  read: readonly ReadStray[],
): Promise<Map<ReadStray, string>> {
  const failed = new Map<ReadStray, string>()
  const rest = await checkRest()
  await ctx.store.transact(actor, async (tx) => {
    const group = read.filter((stray) => !isTaken(tx, stray))
    const joining = await beginJoining(tx, group)
    for (const stray of group) {
      await takeRested(tx, stray, rest).catch((error: unknown) => {
        failed.set(stray, String(error))
      })
    }
    for (const one of joining) await join(tx, one, failed)
    await followHidden(
      tx,
      read.map(({ file }) => file),
    )
    const behind = await followChanges(tx)
    for (const stray of group) {
      const here = behind.find((one) => one.ui === stray.file.ui)
      if (here !== undefined && !failed.has(stray)) failed.set(stray, here.detail)
    }
  })
  return failed
}

/** Reads a file; null where it must be left alone for now. */
export async function readReady(
  ctx: AdoptContext,
  file: StrayFile,
  recent: RecentRest,
  copiesOnly: boolean,
  signal: AbortSignal,
): Promise<ReadStray | null> {
  if (!(await mayBeTaken(file, await recent.get()))) return null
  const stray = await readStray(ctx, file, signal)
  if (file.copyOf === null || isShownHere(stray)) return stray
  const other = { ...file, copyOf: null, names: 1 }
  if (copiesOnly || isPickleName(file.path)) return null
  return (await mayBeTaken(other, await recent.get())) ? { ...stray, file: other } : null
}
