/** profiles: list, show, status. */
import type { Answer } from '../../../schemas/endpoints.ts'
import type { ProfileSummary } from '../../../schemas/profile.ts'
import { command, outcome, type Command } from '../command.ts'
import { list, plural, words as asWords } from '../format.ts'
import type { View } from '../output.ts'
import { profileName, profileText } from '../profile-text.ts'
import { facts, joined, moreOf, table, type Column } from '../table.ts'
import { create, edit, remove } from './profile-changes.ts'

const PROFILES: readonly Column<ProfileSummary>[] = [
  { title: 'Profile', value: ({ name }) => name, least: 14 },
  { title: 'Packs', value: ({ packs }) => String(packs), align: 'right' },
  { title: 'Active in', value: ({ active_in_uis }) => list(active_in_uis), least: 9 },
  { title: 'In stack of', value: (row) => list(row.in_stack_of_uis), least: 9, spare: 1 },
  { title: 'Conflicts', value: (row) => asWords(row.conflicts_mode), spare: 2 },
  { title: 'Note', value: ({ broken }) => broken ?? '', least: 8, spare: 3, style: () => 'red' },
]

function profilesText(page: Answer<'profiles.list'>, view: View): string {
  const noted = page.items.some(({ broken }) => broken !== undefined)
  const rows = table(noted ? PROFILES : PROFILES.slice(0, -1), page.items, view)
  return joined([rows === '' ? 'There are no profiles.' : rows, moreOf(page)])
}

const profiles = command({
  name: 'profiles',
  aliases: ['profiles list'],
  group: 'Switching',
  summary: 'Lists the profiles',
  options: {
    limit: { type: 'number', summary: 'Rows to show (50; at most 1000)' },
    offset: { type: 'number', summary: 'Rows to skip' },
  },
  examples: ['synapse profiles'],
  asks: ['profiles.list'],
  async run({ client }, { options: { limit, offset } }) {
    return outcome(await client.call('profiles.list', { query: { limit, offset } }), profilesText)
  },
})

const show = command({
  name: 'profiles show',
  group: 'Switching',
  summary: 'Shows a profile with its packs, in the order in which they apply',
  words: [profileName],
  examples: ['synapse profiles show global'],
  asks: ['profiles.show'],
  async run({ client }, { words }) {
    const answer = await client.call('profiles.show', { params: { name: words.profile } })
    return outcome(answer, profileText)
  },
})

const status = command({
  name: 'profiles status',
  group: 'Switching',
  summary: 'Shows the stack of each interface, and the sets of interfaces',
  examples: ['synapse profiles status'],
  asks: ['profiles.status'],
  async run({ client }) {
    return outcome(await client.call('profiles.status'), (all, view) =>
      joined(
        [
          facts(
            all.uis.map((ui) => [
              ui.ui,
              `${ui.stack.join(' → ') || '–'}, ${plural(ui.links, 'link')}${ui.shadowed.length > 0 ? `, ${String(ui.shadowed.length)} shadowed` : ''}${ui.absent.length > 0 ? `, ${String(ui.absent.length)} absent` : ''}`,
            ]),
            view,
          ),
          facts(
            Object.entries(all.ui_sets).map(([name, uis]) => [
              `set ${name}${name === all.default_ui_set ? ' (default)' : ''}`,
              list(uis),
            ]),
            view,
          ),
        ],
        '\n\n',
      ),
    )
  },
})

/** Rows about profiles. */
export const PROFILE_COMMANDS: readonly Command[] = [profiles, show, create, edit, remove, status]
