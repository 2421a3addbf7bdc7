/** Taking staged strays into the store, under one lock, with one edit of each pack. */
import { isAppError } from '../../../schemas/errors.ts'
import type { PlannedLink } from '../../../schemas/profile.ts'
import { refuseTouched, seenFile } from '../../platform/file-identity.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { checkRest, sourceBusy, type RestCheck } from '../models/rest.ts'
import type { Exposure } from '../packs/place-exposures.ts'
import { planReplacement } from '../packs/replace-file.ts'
import { followChanges } from '../profiles/follow-changes.ts'
import { bringUpToDate } from '../profiles/show-top.ts'
import { dismantleView } from '../views/dismantle-view.ts'
import type { StrayFile } from '../views/find-foreign.ts'
import { foundPack } from '../views/found-pack.ts'
import { gatherView } from '../views/gather-view.ts'
import { standingAt } from '../views/standing.ts'
import { publishBatch, type PackJoin } from './publish-batch.ts'
import { publishBlob, publishSteps, type Published } from './publish-blob.ts'
import { releaseCopy } from './release-copies.ts'
import {
  isHere,
  isShownHere,
  stagedBy,
  type AdoptContext,
  type StagedStray,
} from './stage-stray.ts'

/** The link of a pack that a file replaces with other bytes; null where there is none. */
function replacedLink({ file, staged }: StagedStray): PlannedLink | null {
  const { insteadOf } = file
  return insteadOf === null || insteadOf.sha256 === staged.digests.sha256 ? null : insteadOf
}

/** The file becomes the one that its pack shows; the former stays in the store under its name. */
async function replaceInPack(tx: StoreTx, stray: StagedStray, link: PlannedLink): Promise<void> {
  const { staged } = stray
  const { sha256, size_bytes } = staged.digests
  const { pack, dependency_id } = link
  const planned = planReplacement(tx, link, { sha256, size_bytes }, tx.timestamp())
  const publishing = isHere(stray) ? [] : publishSteps(tx, stagedBy(tx.paths, stray))
  const former = { path: staged.source, pack, dependency_id, sha256: link.sha256 }
  await tx.act(
    {
      op: 'view.adopt',
      before: { ...former, ...planned.former },
      after: { pack, dependency_id, sha256 },
      viewsFollow: true,
    },
    [...publishing, ...planned.steps],
  )
}

/** Says whether a file joins the pack of what its interface brought. */
const joinsFound = (stray: StagedStray) => replacedLink(stray) === null && !isShownHere(stray)

function exposureOf({ file, staged }: StagedStray): Exposure {
  const { kind, filename: name, subfolder } = file
  const { sha256 } = staged.digests
  return { sha256, kind, kind_guessed: false, name, subfolder, claims_path: true }
}

/** Files that no pack has join that of what their interface brought. */
function joinsOf(strays: readonly StagedStray[]): PackJoin<StagedStray>[] {
  const byUi = Map.groupBy(strays.filter(joinsFound), ({ file }) => file.ui)
  return [...byUi].map(([ui, files]) => ({ pack: foundPack(ui), ui, files }))
}

/** Says whether somebody else has taken the file in meanwhile. */
function isTaken(tx: StoreTx, { file, staged: { digests } }: StagedStray): boolean {
  const standing = standingAt(tx.paths, file.path, digests.sha256)
  return standing.is === 'link' && standing.sha256 === digests.sha256 && tx.hasBlob(digests.sha256)
}

/**
 * Takes the file in and its bytes out of the view, where they do not become the blob.
 * @throws import.source_busy where somebody began to write since the file was read
 */
async function takeIn(tx: StoreTx, stray: StagedStray, rest: RestCheck): Promise<Published> {
  const { file, staged, twin } = stray
  const unrest = rest.unrest(file.path, file.names)
  if (unrest !== null && unrest !== 'just_written') throw sourceBusy(file.path)
  refuseTouched(file.path, seenFile(staged.digests))
  const outcome = await putInStore(tx, stray)
  const isFile = standingAt(tx.paths, file.path, staged.digests.sha256).is !== 'link'
  if (twin !== null && isFile) {
    await releaseCopy(tx, { path: file.path, copy: staged.digests, blob: twin })
  }
  return outcome
}

async function putInStore(tx: StoreTx, stray: StagedStray): Promise<Published> {
  const { staged } = stray
  const link = replacedLink(stray)
  const outcome =
    staged.judged.is === 'bad' || (link === null && !isHere(stray))
      ? await publishBlob(tx, stagedBy(tx.paths, stray))
      : 'there'
  if (link === null) return outcome
  await replaceInPack(tx, stray, link)
  return isHere(stray) ? outcome : 'new'
}

/** Views that nobody looks at follow as well, as far as they can; those of no profile go. */
async function followHidden(tx: StoreTx, files: readonly StrayFile[]): Promise<void> {
  const views = new Map(files.filter((one) => !one.shown).map((one) => [folderOf(tx, one), one]))
  for (const { ui, profile } of views.values()) {
    try {
      if (tx.knownView(ui, profile) === null) await dismantleView(tx, ui, profile)
      else await bringUpToDate(tx, gatherView(tx, { ui, profile }))
    } catch (error) {
      if (!isAppError(error)) throw error
    }
  }
}

const folderOf = (tx: StoreTx, { ui, profile }: StrayFile) => tx.paths.view(ui, profile)

/** Takes files in; tells of each that could not be. @throws store.locked, disk.* */
export async function adoptBatch(
  ctx: AdoptContext,
  actor: string,
  strays: readonly StagedStray[],
): Promise<Map<StagedStray, string>> {
  const failed = new Map<StagedStray, string>()
  const rest = await checkRest()
  await ctx.store.transact(actor, async (tx) => {
    const files = strays.filter((stray) => !isTaken(tx, stray))
    await publishBatch(tx, {
      files,
      joins: joinsOf(files),
      stagedOf: ({ staged }) => staged,
      exposuresOf: (stray) => [exposureOf(stray)],
      publish: (stray) => takeIn(tx, stray, rest),
      failed: (stray, error) => {
        failed.set(stray, String(error))
      },
    })
    await followHidden(
      tx,
      strays.map(({ file }) => file),
    )
    for (const { ui, detail } of await followChanges(tx)) {
      for (const stray of files) {
        if (stray.file.ui === ui && !failed.has(stray)) failed.set(stray, detail)
      }
    }
  })
  return failed
}
