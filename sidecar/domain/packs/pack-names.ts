/** Whether a name is free for a pack. */
import type { PackName } from '../../../schemas/ids.ts'
import { readsAs } from '../../../schemas/visible-names.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { StoreReader } from '../../store/store-reader.ts'

/** Returns a name without differences of case and Unicode form. */
export const folded = (text: string) => text.normalize('NFC').toLowerCase()

/** Returns the pack, or the remains of one, whose name reads the same. */
export function nameLike(reader: StoreReader, name: PackName): PackName | undefined {
  const wanted = readsAs(name)
  return reader.packNames().find((one) => readsAs(one) === wanted)
}

/** Returns the error for a name that another pack has. */
export function nameTaken(other: PackName): AppError {
  return new AppError('pack.name_taken', `A pack "${other}" already exists`)
}

/**
 * Throws if a pack exists whose name is the same or differs only in case, Unicode form or invisible
 * characters. A folder of exactly this name without `pack.json` is a leftover that may become a
 * pack again.
 * @throws pack.name_taken
 */
export function assertNameFree(reader: StoreReader, name: PackName): void {
  const other = nameLike(reader, name)
  if (other === undefined) return
  if (other === name && reader.text(reader.paths.pack(name)) === null) return
  throw nameTaken(other)
}
