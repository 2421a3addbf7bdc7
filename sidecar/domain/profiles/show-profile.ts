/** One profile. */
import * as v from 'valibot'
import { AppError } from '../../../schemas/errors.ts'
import { GLOBAL, type ProfileName } from '../../../schemas/ids.ts'
import { Profile, type ProfileDetail } from '../../../schemas/profile.ts'
import type { StoreContext } from '../context.ts'
import { stacksOf, summaryOf } from './profile-summary.ts'

/**
 * Returns one profile with its document. @throws profile.not_found, store.document_broken,
 * store.newer_format
 */
export function showProfile(ctx: Pick<StoreContext, 'store'>, name: ProfileName): ProfileDetail {
  const { reader } = ctx.store
  const profile = reader.profile(name) ?? (name === GLOBAL ? v.parse(Profile, { name }) : null)
  if (profile === null) throw new AppError('profile.not_found', `No such profile: "${name}"`)
  return { summary: summaryOf(reader, name, stacksOf(reader)), profile }
}
