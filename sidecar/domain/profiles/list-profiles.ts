/** A page of profiles. */
import type { Answer } from '../../../schemas/endpoints.ts'
import type { StoreContext } from '../context.ts'
import { stacksOf, summaryOf } from './profile-summary.ts'

/**
 * Returns a page of profiles by name; one that cannot be read is listed with the reason.
 * @throws store.document_broken, store.newer_format of config or runtime
 */
export function listProfiles(
  ctx: Pick<StoreContext, 'store'>,
  { limit, offset }: { readonly limit: number; readonly offset: number },
): Answer<'profiles.list'> {
  const { reader } = ctx.store
  const names = reader.profileNames()
  const stacks = stacksOf(reader)
  const items = names.slice(offset, offset + limit).map((name) => summaryOf(reader, name, stacks))
  return { total: names.length, limit, offset, items }
}
