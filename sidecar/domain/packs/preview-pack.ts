/** What creating or changing a pack would do. */
import type { PackChange, PackCreate } from '../../../schemas/pack.ts'
import { timestampOf, type Clock } from '../../platform/clock.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { ReadingContext } from '../context.ts'
import { previewViews } from '../profiles/preview-views.ts'
import { OverlayReader } from '../../store/overlay-reader.ts'
import { planEdit, type NamedEdit } from './edit-pack.ts'
import { planCreate } from './create-pack.ts'
import { type PackPlan } from './pack-plan.ts'
import { showPack } from './show-pack.ts'

type PreviewContext = ReadingContext & { readonly clock: Clock }

async function preview(
  { store, clock }: PreviewContext,
  plan: (reader: StoreReader, at: string) => PackPlan,
): Promise<PackChange> {
  store.reader.requireInitialized()
  const { name, steps } = plan(store.reader, timestampOf(clock))
  const after = new OverlayReader(store.reader, steps)
  const views = previewViews(after)
  return { ...showPack({ store: { reader: after } }, name), dry_run: true, views }
}

/**
 * Returns the pack that a request would create, and what interfaces would see of it; nothing is
 * changed.
 * @throws store.not_initialized, pack.name_taken, pack.not_found, pack.cycle, blob.not_found
 */
export function previewCreate(ctx: PreviewContext, request: PackCreate): Promise<PackChange> {
  return preview(ctx, (reader, at) => planCreate(reader, request, at))
}

/**
 * Returns the pack as a request would change it, and what interfaces would see of that; nothing is
 * changed.
 * @throws store.not_initialized, pack.not_found, pack.name_taken, pack.cycle, blob.not_found
 */
export function previewEdit(ctx: PreviewContext, edit: NamedEdit): Promise<PackChange> {
  return preview(ctx, (reader, at) => planEdit(reader, edit, at))
}
