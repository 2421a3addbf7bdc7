/** Changes the packs of a profile and their order. Pure. */
import { AppError } from '../../../schemas/errors.ts'
import type { ProfileEdit, ProfileMove } from '../../../schemas/profile.ts'

type Arrangement = Pick<ProfileEdit, 'packs' | 'remove' | 'add' | 'move'>

/**
 * Returns the packs of a profile after an edit: all replaced, some removed, some added at the end,
 * one moved, in this order.
 * @throws input.invalid for one to remove or to move, or beside which to move, that is not in it
 */
export function arrangePacks(
  before: readonly string[],
  { packs, remove, add, move }: Arrangement,
): string[] {
  const all: readonly string[] = packs ?? before
  for (const pack of remove) assertIn(all, pack)
  const gone = new Set<string>(remove)
  const kept = all.filter((pack) => !gone.has(pack))
  const there = new Set(kept)
  const filled = [...kept, ...add.filter((pack) => !there.has(pack))]
  return move === undefined ? filled : movePack(filled, move)
}

function movePack(packs: readonly string[], { pack, before, after, to }: ProfileMove): string[] {
  assertIn(packs, pack)
  const others = packs.filter((one) => one !== pack)
  const beside = before ?? after
  if (beside === pack) return [...packs]
  if (beside === undefined) return to === 'first' ? [pack, ...others] : [...others, pack]
  assertIn(others, beside)
  return others.toSpliced(others.indexOf(beside) + (after === undefined ? 0 : 1), 0, pack)
}

function assertIn(packs: readonly string[], pack: string): void {
  if (packs.includes(pack)) return
  throw new AppError('input.invalid', `The pack "${pack}" is not in this profile`)
}
