/** Creates and changes profiles: lists of packs in an order, never packs or models. */
import type { ProfileName } from '../../../schemas/ids.ts'
import type { ProfileChange, ProfileCreate } from '../../../schemas/profile.ts'
import { OverlayReader } from '../../store/overlay-reader.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { ReadingContext } from '../context.ts'
import { performPlan } from '../operation-plan.ts'
import {
  planCreateProfile,
  planEditProfile,
  type NamedProfileEdit,
  type ProfilePlan,
} from './plan-profile.ts'
import { assertShowable, previewViews } from './preview-views.ts'
import { showProfile } from './show-profile.ts'

/** Creates a profile. @throws as {@link planCreateProfile}; disk.* */
export async function createProfile(tx: StoreTx, request: ProfileCreate): Promise<void> {
  await performPlan(tx, planCreateProfile(tx, request))
}

/**
 * Changes a profile. Interfaces that show it, or one derived from it, follow when the caller syncs
 * views.
 * @returns its name afterwards
 * @throws as {@link planEditProfile}; profile.conflict where an interface that shows it would find
 * two packs that want one path; view.path_taken where a folder has its new name; disk.*
 */
export async function editProfile(tx: StoreTx, edit: NamedProfileEdit): Promise<ProfileName> {
  const plan = planEditProfile(tx, edit)
  assertShowable(new OverlayReader(tx, plan.steps))
  return performPlan(tx, plan)
}

function preview({ store }: ReadingContext, plan: (reader: StoreReader) => ProfilePlan) {
  store.reader.requireInitialized()
  const { name, steps } = plan(store.reader)
  const after = new OverlayReader(store.reader, steps)
  const views = previewViews(after)
  return { ...showProfile({ store: { reader: after } }, name), dry_run: true, views }
}

/**
 * Returns the profile that a request would create; nothing is changed.
 * @throws store.not_initialized; as {@link planCreateProfile}
 */
export function previewCreateProfile(ctx: ReadingContext, request: ProfileCreate): ProfileChange {
  return preview(ctx, (reader) => planCreateProfile(reader, request))
}

/**
 * Returns the profile as a request would change it, and what interfaces would see of that; nothing
 * is changed.
 * @throws store.not_initialized; as {@link planEditProfile}
 */
export function previewEditProfile(ctx: ReadingContext, edit: NamedProfileEdit): ProfileChange {
  return preview(ctx, (reader) => planEditProfile(reader, edit))
}
