/** quarantine list, restore, discard. */
import type { QuarantineEntry } from '../../../schemas/quarantine.ts'
import { command, outcome, type Command } from '../command.ts'
import { moment, plural, shortId, size } from '../format.ts'
import { expandId } from '../lookup.ts'
import type { View } from '../output.ts'
import { joined, moreOf, table, type Column } from '../table.ts'

const ENTRIES: readonly Column<QuarantineEntry>[] = [
  { title: 'Id', value: ({ id }) => shortId(id) },
  { title: 'Name', value: ({ name }) => name, least: 12 },
  { title: 'Size', value: ({ size_bytes: bytes }) => size(bytes), align: 'right' },
  { title: 'Stood at', value: ({ from, path }) => from ?? path, least: 12 },
  { title: 'Moved', value: ({ at }) => (at === null ? '' : moment(at)), spare: 1 },
]

interface Page {
  readonly total: number
  readonly offset: number
  readonly items: readonly QuarantineEntry[]
}

function quarantineText(page: Page, view: View): string {
  if (page.total === 0) return 'Quarantine is empty.'
  return joined([table(ENTRIES, page.items, view), moreOf(page)])
}

const list = command({
  name: 'quarantine list',
  aliases: ['quarantine'],
  group: 'Inventory',
  summary: 'Lists your files that were in the place of a link',
  options: {
    limit: { type: 'number', summary: 'Rows to show (50; at most 1000)' },
    offset: { type: 'number', summary: 'Rows to skip' },
  },
  examples: ['synapse quarantine list'],
  asks: ['quarantine.list'],
  async run({ client }, { options: { limit, offset } }) {
    return outcome(
      await client.call('quarantine.list', { query: { limit, offset } }),
      quarantineText,
    )
  },
})

const idWord = { name: 'id', summary: 'Id of the entry, or the last digits of it' } as const

const restore = command({
  name: 'quarantine restore',
  group: 'Inventory',
  summary: 'Restores a file from quarantine to its path',
  words: [idWord],
  options: {
    as: { type: 'string', value: 'name', summary: 'Another name, where its own is taken' },
  },
  dry: 'asked',
  examples: [
    'synapse quarantine restore 71d0aa52c3be',
    'synapse quarantine restore 71d0aa52c3be --as mine.safetensors',
  ],
  asks: ['quarantine.restore', 'quarantine.list'],
  async run({ client }, { words, options: { as }, dryRun }) {
    const params = { id: await expandId(client, 'quarantine.list', words.id) }
    const body = { dry_run: dryRun, ...(as === undefined ? {} : { as }) }
    const answer = await client.call('quarantine.restore', { params, body })
    return outcome(answer, ({ dry_run, path }) =>
      dry_run ? `Would be restored: ${path}` : `Restored: ${path}`,
    )
  },
})

const discard = command({
  name: 'quarantine discard',
  group: 'Inventory',
  summary: 'Moves a file from quarantine to the trash',
  words: [idWord],
  options: {
    confirm: {
      type: 'string',
      value: 'digest',
      summary: 'Digest of the file, where no other copy of it is known',
    },
  },
  dry: 'asked',
  examples: ['synapse quarantine discard 71d0aa52c3be --confirm 77ab01c2d3e4'],
  asks: ['quarantine.discard', 'quarantine.list'],
  async run({ client }, { words, options: { confirm = '' }, dryRun }) {
    const params = { id: await expandId(client, 'quarantine.list', words.id) }
    const query = { confirm_last_copy: confirm, dry_run: dryRun ? 'true' : 'false' } as const
    const answer = await client.call('quarantine.discard', { params, query })
    return outcome(answer, ({ dry_run, files, size_bytes }) => {
      const what = `${plural(files, 'file')} (${size(size_bytes)})`
      return dry_run ? `Would go to the trash: ${what}` : `Moved to the trash: ${what}`
    })
  },
})

/** Rows about quarantine. */
export const QUARANTINE_COMMANDS: readonly Command[] = [list, restore, discard]
