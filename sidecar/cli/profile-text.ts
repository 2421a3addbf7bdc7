/** How commands name a profile, and show one. */
import type { Answer } from '../../schemas/endpoints.ts'
import { list, words as asWords } from './format.ts'
import type { View } from './output.ts'
import { facts } from './table.ts'

/** The word that names a profile. */
export const profileName = { name: 'profile', summary: 'Name of the profile' } as const

/** Returns a profile with its packs as text. */
export function profileText(
  { summary, profile, order }: Answer<'profiles.show'>,
  view: View,
): string {
  const packs = (profile.packs ?? []).map(({ name }) => name)
  const isExpanded = order.length !== packs.length || order.some((pack, at) => pack !== packs[at])
  return facts(
    [
      ['Profile', summary.name],
      ['Packs', list(packs)],
      ...(isExpanded ? [['With needed', list(order)] as const] : []),
      ['Conflicts', asWords(summary.conflicts_mode)],
      ['Active in', list(summary.active_in_uis)],
    ],
    view,
  )
}
