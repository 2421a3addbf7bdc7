/** What all switches have in common: only planned, or made under the lock and announced. */
import { AppError } from '../../../schemas/errors.ts'
import { GLOBAL, type ProfileName, type UiName } from '../../../schemas/ids.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreContext } from '../context.ts'
import { performSwitch, previewSwitch } from './perform-switch.ts'
import type { SwitchIntent } from './plan-switch.ts'
import { takeAlong, withCloserLook } from './take-along.ts'
import type { SwitchResult } from '../../../schemas/switch.ts'

/** A request for a switch. */
export interface SwitchOrder {
  readonly actor: string
  readonly dry_run: boolean
  /** The fingerprint of the plan that was shown. */
  readonly expect?: string | undefined
}

/**
 * Makes a switch, or only plans it if the request is a dry run.
 * @param intend returns the intended stacks; called under the lock
 * @throws plan.stale, view.path_taken, profile.conflict, disk.*, and what `intend` throws
 */
export async function carryOutSwitch(
  ctx: StoreContext,
  { actor, dry_run, expect }: SwitchOrder,
  intend: (reader: StoreReader) => SwitchIntent,
): Promise<SwitchResult> {
  const { reader } = ctx.store
  reader.requireInitialized()
  if (dry_run) return withCloserLook(reader, previewSwitch(reader, intend(reader), expect))
  const done = await ctx.store.transact(actor, (tx) => performSwitch(tx, intend(tx), expect))
  const result = await takeAlong(ctx, await withCloserLook(reader, done))
  for (const ui of result.uis) {
    const profile = result.stacks[ui]?.at(-1)
    if (profile !== undefined) ctx.publish({ type: 'profile.activated', ui, profile })
  }
  return result
}

/** Returns the new stacks of some interfaces, each computed by `next` from the current one. */
export function stacksFor(
  reader: StoreReader,
  uis: readonly UiName[],
  next: (stack: ProfileName[], ui: UiName) => readonly ProfileName[],
): Map<UiName, readonly ProfileName[]> {
  return new Map(uis.map((ui) => [ui, next(reader.stack(ui), ui)]))
}

/** Returns if the profile exists. @throws profile.not_found */
export function requireProfile(reader: StoreReader, name: ProfileName): void {
  if (name === GLOBAL || reader.profile(name) !== null) return
  throw new AppError('profile.not_found', `No such profile: "${name}"`)
}
