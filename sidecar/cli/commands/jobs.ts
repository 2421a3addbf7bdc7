/** jobs. */
import { JobState } from '../../../schemas/jobs.ts'
import { command, outcome, type Command } from '../command.ts'
import { moment, shortId, words as asWords } from '../format.ts'
import { expandId } from '../lookup.ts'
import type { View } from '../output.ts'
import { PAGE_OPTIONS } from '../page-options.ts'
import { progressText } from '../progress.ts'
import type { Job } from '../results.ts'
import { facts, joined, moreOf, table, type Column } from '../table.ts'

const IN_PROGRESS: ReadonlySet<JobState> = new Set(['running', 'paused'])

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
    value: (job) => (IN_PROGRESS.has(job.state) ? progressText(job, '') : ''),
    least: 12,
    spare: 1,
  },
  { title: 'Begun', value: ({ created_at: at }) => moment(at), spare: 2 },
]

const idWord = {
  name: 'id',
  summary: 'Its id, or the last digits of the id as listed',
} as const

const jobs = command({
  name: 'jobs',
  aliases: ['jobs list'],
  group: 'Activity',
  summary: 'Lists jobs, the newest first',
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
        ['Priority', job.priority ?? 'normal'],
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

/** Describes the rows of a result that are not shown. */
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
  summary: 'Cancels a job',
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

const IDLE = 'idle'

const jobOrIdleWord = {
  name: 'id',
  summary:
    'Its id, or the last digits of the id as listed; `idle` for all that the service thinks of itself',
} as const

const pause = command({
  name: 'jobs pause',
  group: 'Activity',
  summary: 'Stops a job until it is resumed; it keeps what is done',
  details: ['What is paused stays so when the service is started again.'],
  words: [jobOrIdleWord],
  examples: ['synapse jobs pause 9c1f00aa31de', 'synapse jobs pause idle'],
  asks: ['jobs.pause', 'jobs.idle', 'jobs.list'],
  async run({ client }, { words }) {
    if (words.id === IDLE) {
      const answer = await client.call('jobs.idle', { body: { paused: true } })
      return outcome(answer, () => 'Idle work is paused. Have it go on: synapse jobs resume idle')
    }
    const params = { id: await expandId(client, 'jobs.list', words.id) }
    return outcome(await client.call('jobs.pause', { params, body: {} }), ({ id, state }) =>
      state === 'running'
        ? `Job ${shortId(id)} is asked to pause.`
        : `Job ${shortId(id)}: ${state}.`,
    )
  },
})

const resume = command({
  name: 'jobs resume',
  group: 'Activity',
  summary: 'Has a paused job go on where it was',
  words: [jobOrIdleWord],
  examples: ['synapse jobs resume 9c1f00aa31de', 'synapse jobs resume idle'],
  asks: ['jobs.resume', 'jobs.idle', 'jobs.list'],
  async run({ client }, { words }) {
    if (words.id === IDLE) {
      const answer = await client.call('jobs.idle', { body: { paused: false } })
      return outcome(answer, () => 'Idle work goes on.')
    }
    const params = { id: await expandId(client, 'jobs.list', words.id) }
    return outcome(
      await client.call('jobs.resume', { params, body: {} }),
      ({ id, state }) => `Job ${shortId(id)}: ${state}.`,
    )
  },
})

/** Rows about jobs. */
export const JOB_COMMANDS: readonly Command[] = [jobs, show, items, cancel, pause, resume]
