/** trash list, restore, empty, remove. */
import type { Client } from '../../../schemas/client.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { TrashEmptied, TrashEntry, TrashRestored } from '../../../schemas/trash.ts'
import { command, outcome, type Command } from '../command.ts'
import { moment, plural, shortDigest, shortId, size } from '../format.ts'
import { expandId } from '../lookup.ts'
import type { View } from '../output.ts'
import { operationText } from '../switch-plan.ts'
import { joined, moreOf, table, type Column } from '../table.ts'

const ENTRIES: readonly Column<TrashEntry>[] = [
  { title: 'Id', value: ({ id }) => shortId(id) },
  {
    title: 'Name',
    value: ({ display_name: name, bad }) => (bad ? `${name} (damaged)` : name),
    least: 12,
  },
  { title: 'Size', value: ({ size_bytes: bytes }) => size(bytes), align: 'right' },
  { title: 'Gone for good', value: ({ expires_at: at }) => moment(at) },
  { title: 'Deleted', value: ({ deleted_at: at }) => moment(at), spare: 2 },
  { title: 'Digest', value: ({ sha256 }) => shortDigest(sha256), spare: 1 },
]

interface Page {
  readonly total: number
  readonly offset: number
  readonly items: readonly TrashEntry[]
}

function trashText(page: Page, view: View): string {
  if (page.total === 0) return 'The trash is empty.'
  return joined([table(ENTRIES, page.items, view), moreOf(page)])
}

const list = command({
  name: 'trash list',
  aliases: ['trash'],
  group: 'Inventory',
  summary: 'Lists deleted models that can still be restored',
  options: {
    limit: { type: 'number', summary: 'Rows to show (50; at most 1000)' },
    offset: { type: 'number', summary: 'Rows to skip' },
  },
  examples: ['synapse trash list'],
  asks: ['trash.list'],
  async run({ client }, { options: { limit, offset } }) {
    return outcome(await client.call('trash.list', { query: { limit, offset } }), trashText)
  },
})

const idWord = { name: 'id', summary: 'Id of the entry, or the last digits of it' } as const

function restoredText(result: TrashRestored, view: View): string {
  const model = shortDigest(result.sha256)
  const text = result.dry_run
    ? `${result.display_name} (${size(result.size_bytes)}) would be restored as ${model}.`
    : `Restored ${model}.`
  return operationText(result, text, view)
}

const restore = command({
  name: 'trash restore',
  group: 'Inventory',
  summary: 'Takes a model back out of the trash',
  words: [idWord],
  dry: 'asked',
  examples: ['synapse trash restore 71d0aa52c3be', 'synapse trash restore 71d0aa52c3be --dry-run'],
  asks: ['trash.restore', 'trash.list'],
  async run({ client }, { words, dryRun }) {
    const params = { id: await expandId(client, 'trash.list', words.id) }
    const answer = await client.call('trash.restore', { params, body: { dry_run: dryRun } })
    return outcome(answer, restoredText)
  },
})

const emptiedText = ({ removed, bytes_freed }: TrashEmptied) =>
  `Removed ${plural(removed, 'entry', 'entries')} for good; ${size(bytes_freed)} freed.`

const empty = command({
  name: 'trash empty',
  group: 'Inventory',
  summary: 'Removes for good what is in the trash',
  dry: 'asked',
  examples: ['synapse trash empty --dry-run', 'synapse trash empty --yes'],
  asks: ['trash.empty', 'trash.list'],
  async run({ client, confirm }, { dryRun }) {
    const page = await client.call('trash.list')
    const planned = outcome(page, trashText)
    if (dryRun) return planned
    const question = `Remove ${plural(page.total, 'entry', 'entries')} for good?`
    if (page.total > 0) await confirm(question, planned)
    return outcome(await client.call('trash.empty'), emptiedText)
  },
})

const MAX_PAGE = 1000

async function findEntry(client: Client, typed: string): Promise<TrashEntry> {
  const id = await expandId(client, 'trash.list', typed)
  const { items } = await client.call('trash.list', { query: { limit: MAX_PAGE } })
  const found = items.find((entry) => entry.id === id)
  if (found) return found
  throw new AppError('trash.not_found', `The trash has no entry ${typed}`)
}

const remove = command({
  name: 'trash remove',
  group: 'Inventory',
  summary: 'Removes one entry of the trash for good',
  words: [idWord],
  dry: 'asked',
  examples: ['synapse trash remove 71d0aa52c3be --yes'],
  asks: ['trash.remove', 'trash.list'],
  async run({ client, confirm }, { words, dryRun }) {
    const entry = await findEntry(client, words.id)
    const page = { total: 1, limit: 1, offset: 0, items: [entry] }
    const planned = outcome(page, trashText)
    if (dryRun) return planned
    await confirm(`Remove ${entry.display_name} for good?`, planned)
    return outcome(await client.call('trash.remove', { params: { id: entry.id } }), emptiedText)
  },
})

/** Rows about the trash. */
export const TRASH_COMMANDS: readonly Command[] = [list, restore, empty, remove]
