/** jobs, journal, undo. */
import type { Client } from '../../../schemas/client.ts'
import type { Answer } from '../../../schemas/endpoints.ts'
import { JobState } from '../../../schemas/jobs.ts'
import type { JournalEntry, UndoKept } from '../../../schemas/records.ts'
import { command, outcome, type Command, type Options } from '../command.ts'
import { moment, shortId, words as asWords } from '../format.ts'
import { expandDigest, expandId } from '../lookup.ts'
import type { View } from '../output.ts'
import { progressText } from '../progress.ts'
import type { Job } from '../results.ts'
import { adoptJobText, followAdoption } from '../hidden-files.ts'
import { actText, planText } from '../switch-plan.ts'
import { facts, joined, moreOf, table, type Column } from '../table.ts'

const PAGE_OPTIONS = {
  limit: { type: 'number', summary: 'Rows to show (50; at most 1000)' },
  offset: { type: 'number', summary: 'Rows to pass over' },
} as const satisfies Options

const JOBS: readonly Column<Job>[] = [
  { title: 'Job', value: ({ id }) => shortId(id) },
  { title: 'Kind', value: ({ kind }) => asWords(kind), least: 10 },
  {
    title: 'State',
    value: ({ state }) => state,
    style: ({ state }) => (state === 'failed' ? 'red' : null),
  },
  {
    title: 'Progress',
    value: (job) => (job.state === 'running' ? progressText(job, '') : ''),
    least: 12,
    spare: 1,
  },
  { title: 'Begun', value: ({ created_at: at }) => moment(at), spare: 2 },
]

const idWord = {
  name: 'id',
  summary: 'Its id, or the last digits of it as the list shows them',
} as const

const jobs = command({
  name: 'jobs',
  aliases: ['jobs list'],
  group: 'Activity',
  summary: 'Lists long work, the newest first',
  options: {
    state: { type: 'string', choices: JobState.options, summary: 'Only jobs in this state' },
    ...PAGE_OPTIONS,
  },
  examples: ['synapse jobs', 'synapse jobs --state running'],
  asks: ['jobs.list'],
  async run({ client }, { options: { state, limit, offset } }) {
    return outcome(
      await client.call('jobs.list', { query: { state, limit, offset } }),
      (page, view) =>
        page.total === 0
          ? 'There are no jobs.'
          : joined([table(JOBS, page.items, view), moreOf(page)]),
    )
  },
})

function jobText(job: Job, view: View): string {
  const ended = job.ended_at === null ? [] : [['Ended', moment(job.ended_at)] as const]
  return joined([
    facts(
      [
        ['Job', job.id],
        ['Kind', asWords(job.kind)],
        ['State', job.state],
        ['Progress', progressText(job, '')],
        ['Asked by', job.actor],
        ['Begun', moment(job.created_at)],
        ...ended,
      ],
      view,
    ),
    job.problem && view.paint('red', job.problem.detail),
    job.problem?.hint ?? '',
    job.result && JSON.stringify(job.result, null, 2),
    ...shortened(job),
  ])
}

/** What of a result is not shown. */
function shortened({ id, lists = {}, result }: Job): string[] {
  return Object.entries(lists).flatMap(([list, total]) => {
    const shown = result?.[list]
    if (!Array.isArray(shown) || shown.length === total) return []
    const rest = `${String(shown.length)} of ${String(total)} ${asWords(list)} are shown`
    return [`${rest}. All of them: synapse jobs items ${shortId(id)} --list ${list}`]
  })
}

const show = command({
  name: 'jobs show',
  group: 'Activity',
  summary: 'Shows one job with its result',
  words: [idWord],
  examples: ['synapse jobs show 9c1f00aa31de'],
  asks: ['jobs.show', 'jobs.list'],
  async run({ client }, { words }) {
    const params = { id: await expandId(client, 'jobs.list', words.id) }
    return outcome(await client.call('jobs.show', { params }), jobText)
  },
})

const items = command({
  name: 'jobs items',
  group: 'Activity',
  summary: "Lists the rows of a job's result, such as the files of an import",
  words: [idWord],
  options: {
    list: { type: 'string', value: 'name', summary: 'Which list; else the longest' },
    ...PAGE_OPTIONS,
  },
  examples: ['synapse jobs items 9c1f00aa31de --list files --limit 1000'],
  asks: ['jobs.items', 'jobs.list'],
  async run({ client }, { words, options: { list, limit, offset } }) {
    const params = { id: await expandId(client, 'jobs.list', words.id) }
    const answer = await client.call('jobs.items', { params, query: { list, limit, offset } })
    return outcome(answer, (page) =>
      page.total === 0
        ? 'The result has no such rows.'
        : joined([...page.items.map((row) => JSON.stringify(row)), moreOf(page)]),
    )
  },
})

const cancel = command({
  name: 'jobs cancel',
  group: 'Activity',
  summary: 'Asks a job to stop',
  words: [idWord],
  examples: ['synapse jobs cancel 9c1f00aa31de'],
  asks: ['jobs.cancel', 'jobs.list'],
  async run({ client }, { words }) {
    const params = { id: await expandId(client, 'jobs.list', words.id) }
    return outcome(await client.call('jobs.cancel', { params }), (job) =>
      job.state === 'running' || job.state === 'queued'
        ? `Job ${shortId(job.id)} is asked to stop.`
        : `Job ${shortId(job.id)}: ${job.state}.`,
    )
  },
})

/** How an entry stands, for a table. */
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
  summary: 'Lists what was done, the newest first: one row for each job',
  options: {
    model: {
      type: 'string',
      short: 'm',
      value: 'sha256',
      summary: 'Only what concerns this model',
    },
    op: { type: 'string', value: 'noun.verb', summary: 'Only this kind of act' },
    ...PAGE_OPTIONS,
  },
  examples: ['synapse journal', 'synapse journal --model 3f2a9c0d11ee'],
  asks: ['journal.list', 'inventory.list'],
  async run({ client }, { options: { model, op, limit, offset } }) {
    const sha256 = model === undefined ? undefined : await expandDigest(client, model)
    const answer = await client.call('journal.list', { query: { sha256, op, limit, offset } })
    return outcome(answer, (page, view) =>
      page.total === 0
        ? 'Nothing was done yet.'
        : joined([table(ENTRIES, page.items, view), moreOf(page)]),
    )
  },
})

const LATEST = 'latest'

const entryWord = {
  name: 'id',
  summary:
    'Its id, or the last digits of it as the list shows them; `latest` for the newest that can be undone',
} as const

/** An entry that somebody has typed. @throws AppError input.invalid */
async function entryParams(client: Client, typed: string): Promise<{ id: string }> {
  return { id: typed === LATEST ? LATEST : await expandId(client, 'journal.list', typed) }
}

const journalShow = command({
  name: 'journal show',
  group: 'Activity',
  summary: 'Shows one entry of the journal, with all that its job did',
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

const KEPT: readonly Column<UndoKept>[] = [
  { title: 'Kept', value: ({ summary }) => summary, least: 16 },
  { title: 'Because', value: ({ reason }) => reason, least: 16 },
]

function keptText({ parts }: Pick<Answer<'journal.undo'>, 'parts'>, view: View): string[] {
  if (parts === undefined || parts.kept.total === 0) return []
  return [table(KEPT, parts.kept.items, view), moreOf({ ...parts.kept, offset: 0 })]
}

function undoneText(
  { plan, message, parts, ...result }: Answer<'journal.undo'>,
  view: View,
): string {
  const kept = keptText({ parts }, view)
  const adoption = adoptJobText(result.adopt_job)
  if (plan === undefined) return joined([actText(result, message, view), adoption, ...kept])
  const notice = view.paint('bold', 'Dry run: nothing is changed.')
  return joined([notice, message, planText(plan, view), ...kept])
}

const undo = command({
  name: 'undo',
  group: 'Activity',
  summary: 'Reverses an act of the journal, or all of a job that can be reversed',
  details: [
    'Of a job, what cannot be reversed stays and is told with the reason.',
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
    const { client, agree } = context
    const params = await entryParams(client, words.id)
    if (words.id === LATEST) {
      const { entry } = await client.call('journal.show', { params })
      params.id = entry.id
      if (!dryRun) {
        const planned = await client.call('journal.undo', { params, body: { dry_run: true } })
        await agree(`Undo: ${entry.summary}?`, outcome(planned, undoneText))
      }
    }
    const answer = await client.call('journal.undo', { params, body: { dry_run: dryRun } })
    await followAdoption(context, answer)
    return outcome(answer, undoneText)
  },
})

/** Rows about what goes on and what was done. */
export const ACTIVITY_COMMANDS: readonly Command[] = [
  jobs,
  show,
  items,
  cancel,
  journal,
  journalShow,
  undo,
]
