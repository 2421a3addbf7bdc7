/** One profile. */
import * as v from 'valibot'
import { AppError, isAppError } from '../../../schemas/errors.ts'
import { GLOBAL, type ProfileName } from '../../../schemas/ids.ts'
import { Profile, type ProfileDetail } from '../../../schemas/profile.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import { profileOrder } from './profile-order.ts'
import { stacksOf, summaryOf } from './profile-summary.ts'

/**
 * Returns one profile with its document. @throws profile.not_found, store.document_broken,
 * store.newer_format
 */
export function showProfile(
  ctx: { readonly store: { readonly reader: StoreReader } },
  name: ProfileName,
): ProfileDetail {
  const { reader } = ctx.store
  const profile = reader.profile(name) ?? (name === GLOBAL ? v.parse(Profile, { name }) : null)
  if (profile === null) throw new AppError('profile.not_found', `No such profile: "${name}"`)
  const order = orderOrNone(reader, { ...profile, name })
  return { summary: summaryOf(reader, name, stacksOf(reader)), profile, order }
}

function orderOrNone(reader: StoreReader, profile: Profile): string[] {
  try {
    return profileOrder(reader, profile)
  } catch (error) {
    if (isAppError(error, 'pack.cycle')) return []
    throw error
  }
}
