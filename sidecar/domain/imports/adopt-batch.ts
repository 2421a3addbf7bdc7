/** Imports staged unmanaged files into the store, under one lock, with one edit of each pack. */
import { isAppError } from '../../../schemas/errors.ts'
import type { PlannedLink } from '../../../schemas/view-files.ts'
import { assertUntouched, seenFile } from '../../platform/file-identity.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import { checkRest, sourceBusy, type RestCheck } from '../models/at-rest.ts'
import type { Exposure } from '../packs/exposure.ts'
import { planReplacement } from '../packs/replace-file.ts'
import { syncActiveViews } from '../profiles/sync-views.ts'
import { bringUpToDate } from '../profiles/activate-top.ts'
import { removeView } from '../views/remove-view.ts'
import type { UnmanagedFile } from '../views/unmanaged-file.ts'
import { foundPack } from '../views/found-pack.ts'
import { planView } from '../views/plan-view.ts'
import { inspectPath } from '../views/inspect-path.ts'
import { publishBatch, type PackJoin } from './publish-batch.ts'
import { eachAlone, publishBlob, publishSteps, type Published } from './publish-blob.ts'
import { releaseCopy } from './release-copies.ts'
import {
  isHere,
  isShownHere,
  stagedBy,
  type AdoptContext,
  type StagedUnmanaged,
} from './stage-unmanaged.ts'

/** The link of a pack that a file replaces with other bytes; null where there is none. */
function replacedLink({ file, staged }: StagedUnmanaged): PlannedLink | null {
  const { insteadOf } = file
  return insteadOf === null || insteadOf.sha256 === staged.digests.sha256 ? null : insteadOf
}

/** Makes the file the one that its pack shows; the former one stays in the store under its name. */
async function replaceInPack(tx: StoreTx, one: StagedUnmanaged, link: PlannedLink): Promise<void> {
  const { staged } = one
  const { sha256, size_bytes } = staged.digests
  const { pack, dependency_id } = link
  const planned = planReplacement(tx, link, { sha256, size_bytes, at: tx.timestamp() })
  const publishing = isHere(one) ? [] : publishSteps(tx, stagedBy(tx.paths, one))
  const former = { path: staged.source, pack, dependency_id, sha256: link.sha256 }
  await tx.perform(
    {
      op: 'view.adopt',
      before: { ...former, ...planned.former },
      after: { pack, dependency_id, sha256 },
      syncViews: true,
    },
    [...publishing, ...planned.steps],
  )
}

/** Reports whether a file joins the pack of files found in its interface. */
const joinsFound = (one: StagedUnmanaged) => replacedLink(one) === null && !isShownHere(one)

function exposureOf({ file, staged }: StagedUnmanaged): Exposure {
  const { kind, filename: name, subfolder } = file
  const { sha256 } = staged.digests
  return { sha256, kind, kind_guessed: false, name, subfolder, claims_path: true }
}

/** Files without a pack join the pack of files found in their interface. */
function joinsOf(unmanaged: readonly StagedUnmanaged[]): PackJoin<StagedUnmanaged>[] {
  const byUi = Map.groupBy(unmanaged.filter(joinsFound), ({ file }) => file.ui)
  return [...byUi].map(([ui, files]) => ({ pack: foundPack(ui), ui, files }))
}

/** Reports whether another process has imported the file meanwhile. */
function isTaken(tx: StoreTx, { file, staged: { digests } }: StagedUnmanaged): boolean {
  const state = inspectPath(tx.paths, file.path, digests)
  return state.kind === 'link' && state.sha256 === digests.sha256 && tx.hasBlob(digests.sha256)
}

/**
 * Imports the file, and removes it from the view unless it becomes the blob itself.
 * @throws import.source_busy where a program began to write to it since it was read
 */
async function takeIn(tx: StoreTx, one: StagedUnmanaged, rest: RestCheck): Promise<Published> {
  const { file, staged, twin } = one
  const unrest = rest.unrest(file.path, file.names)
  if (unrest !== null && unrest !== 'just_written') throw sourceBusy(file.path)
  assertUntouched(file.path, seenFile(staged.digests))
  const outcome = await putInStore(tx, one)
  const isFile = inspectPath(tx.paths, file.path, staged.digests).kind !== 'link'
  if (twin !== null && isFile) {
    await releaseCopy(tx, { path: file.path, copy: staged.digests, blob: twin })
  }
  return outcome
}

async function putInStore(tx: StoreTx, one: StagedUnmanaged): Promise<Published> {
  const { staged } = one
  const link = replacedLink(one)
  const outcome =
    staged.judged.is === 'bad' || (link === null && !isHere(one))
      ? await publishBlob(tx, stagedBy(tx.paths, one))
      : 'there'
  if (link === null) return outcome
  await replaceInPack(tx, one, link)
  return isHere(one) ? outcome : 'new'
}

/** Syncs inactive views as well, as far as possible; those without a profile are removed. */
async function updateHiddenViews(tx: StoreTx, files: readonly UnmanagedFile[]): Promise<void> {
  const views = new Map(files.filter((one) => !one.shown).map((one) => [folderOf(tx, one), one]))
  for (const { ui, profile } of views.values()) {
    try {
      if (tx.knownView(ui, profile) === null) await removeView(tx, { ui, profile })
      else await bringUpToDate(tx, planView(tx, { ui, profile }))
    } catch (error) {
      if (!isAppError(error)) throw error
    }
  }
}

const folderOf = (tx: StoreTx, { ui, profile }: UnmanagedFile) => tx.paths.view(ui, profile)

/** Imports files; reports each one that could not be. @throws store.locked, disk.* */
export async function adoptBatch(
  ctx: AdoptContext,
  actor: string,
  unmanaged: readonly StagedUnmanaged[],
): Promise<Map<StagedUnmanaged, string>> {
  const failed = new Map<StagedUnmanaged, string>()
  const rest = await checkRest()
  await ctx.store.transact(actor, async (tx) => {
    const files = unmanaged.filter((one) => !isTaken(tx, one))
    await publishBatch(tx, {
      files,
      joins: joinsOf(files),
      stagedOf: ({ staged }) => staged,
      exposuresOf: (one) => [exposureOf(one)],
      publish: eachAlone((one) => takeIn(tx, one, rest)),
      failed: (one, error) => {
        failed.set(one, String(error))
      },
    })
    await updateHiddenViews(
      tx,
      unmanaged.map(({ file }) => file),
    )
    for (const { ui, detail } of await syncActiveViews(tx)) {
      for (const one of files) {
        if (one.file.ui === ui && !failed.has(one)) failed.set(one, detail)
      }
    }
  })
  return failed
}
