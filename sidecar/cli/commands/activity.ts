/** journal, undo. */
import type { Client } from '../../../schemas/client.ts'
import type { Answer } from '../../../schemas/endpoints.ts'
import type { JournalEntry, UndoKept } from '../../../schemas/journal.ts'
import { command, outcome, type Command } from '../command.ts'
import { moment, shortId } from '../format.ts'
import { expandDigest, expandId } from '../lookup.ts'
import type { View } from '../output.ts'
import { adoptJobText, followAdoption } from '../hidden-files-text.ts'
import { PAGE_OPTIONS } from '../page-options.ts'
import { operationText, planText } from '../switch-plan.ts'
import { facts, joined, moreOf, table, type Column } from '../table.ts'

/** The state of an entry, for a table. */
function stateText({ state, undoable }: JournalEntry): string {
  return state === 'done' && undoable ? 'can be undone' : state
}

const ENTRIES: readonly Column<JournalEntry>[] = [
  { title: 'Id', value: ({ id }) => shortId(id) },
  { title: 'When', value: ({ at }) => moment(at) },
  { title: 'What', value: ({ summary }) => summary, least: 16 },
  { title: 'By', value: ({ actor }) => actor, least: 7, spare: 2 },
  { title: 'State', value: stateText, spare: 1 },
]

const journal = command({
  name: 'journal',
  group: 'Activity',
  summary: 'Lists operations, newest first, one row for each job',
  options: {
    model: {
      type: 'string',
      short: 'm',
      value: 'sha256',
      summary: 'Only operations on this model',
    },
    op: { type: 'string', value: 'noun.verb', summary: 'Only this kind of operation' },
    ...PAGE_OPTIONS,
  },
  examples: ['synapse journal', 'synapse journal --model 3f2a9c0d11ee'],
  asks: ['journal.list', 'inventory.list'],
  async run({ client }, { options: { model, op, limit, offset } }) {
    const sha256 = model === undefined ? undefined : await expandDigest(client, model)
    const answer = await client.call('journal.list', { query: { sha256, op, limit, offset } })
    return outcome(answer, (page, view) =>
      page.total === 0
        ? 'No operations yet.'
        : joined([table(ENTRIES, page.items, view), moreOf(page)]),
    )
  },
})

const LATEST = 'latest'

const entryWord = {
  name: 'id',
  summary:
    'Its id, or the last digits of the id as listed; `latest` for the newest that can be undone',
} as const

/** Resolves an entry that the user typed. @throws AppError input.invalid */
async function entryParams(client: Client, typed: string): Promise<{ id: string }> {
  return { id: typed === LATEST ? LATEST : await expandId(client, 'journal.list', typed) }
}

const journalShow = command({
  name: 'journal show',
  group: 'Activity',
  summary: 'Shows one entry of the journal with all operations of its job',
  words: [entryWord],
  options: PAGE_OPTIONS,
  examples: ['synapse journal show 4be2c07719f3', 'synapse journal show latest'],
  asks: ['journal.show', 'journal.list'],
  async run({ client }, { words, options: query }) {
    const params = await entryParams(client, words.id)
    return outcome(await client.call('journal.show', { params, query }), ({ entry, parts }, view) =>
      joined([
        facts(
          [
            ['Entry', entry.id],
            ['What', entry.summary],
            ['When', moment(entry.at)],
            ['By', entry.actor],
            ['State', stateText(entry)],
          ],
          view,
        ),
        ...(parts.total === 0 ? [] : [table(ENTRIES, parts.items, view), moreOf(parts)]),
      ]),
    )
  },
})

const KEPT_COLUMNS: readonly Column<UndoKept>[] = [
  { title: 'Kept', value: ({ summary }) => summary, least: 16 },
  { title: 'Because', value: ({ reason }) => reason, least: 16 },
]

function keptText({ parts }: Pick<Answer<'journal.undo'>, 'parts'>, view: View): string[] {
  if (parts === undefined || parts.kept.total === 0) return []
  return [table(KEPT_COLUMNS, parts.kept.items, view), moreOf({ ...parts.kept, offset: 0 })]
}

function undoneText(
  { plan, message, parts, ...result }: Answer<'journal.undo'>,
  view: View,
): string {
  const kept = keptText({ parts }, view)
  const adoption = adoptJobText(result.adopt_job)
  if (plan === undefined) return joined([operationText(result, message, view), adoption, ...kept])
  const notice = view.paint('bold', 'Dry run: nothing is changed.')
  return joined([notice, message, planText(plan, view), ...kept])
}

const undo = command({
  name: 'undo',
  group: 'Activity',
  summary: 'Undoes an operation of the journal, or all of a job that can be undone',
  details: [
    'What cannot be undone of a job stays and is listed with the reason.',
    '`latest` is the newest entry that can be undone and that a person asked for; it is shown first, and asked about.',
  ],
  words: [entryWord],
  dry: 'asked',
  examples: [
    'synapse undo latest',
    'synapse undo 4be2c07719f3',
    'synapse undo 4be2c07719f3 --dry-run',
  ],
  asks: ['journal.undo', 'journal.show', 'journal.list', 'jobs.show'],
  async run(context, { words, dryRun }) {
    const { client, confirm } = context
    const params = await entryParams(client, words.id)
    if (words.id === LATEST) {
      const { entry } = await client.call('journal.show', { params })
      params.id = entry.id
      if (!dryRun) {
        const planned = await client.call('journal.undo', { params, body: { dry_run: true } })
        await confirm(`Undo: ${entry.summary}?`, outcome(planned, undoneText))
      }
    }
    const answer = await client.call('journal.undo', { params, body: { dry_run: dryRun } })
    await followAdoption(context, answer)
    return outcome(answer, undoneText)
  },
})

/** Rows about the journal. */
export const ACTIVITY_COMMANDS: readonly Command[] = [journal, journalShow, undo]
