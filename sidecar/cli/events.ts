/** Reads the stream of events, and describes each in words. */
import * as v from 'valibot'
import type { Client } from '../../schemas/client.ts'
import { AppError, isErrorCode } from '../../schemas/errors.ts'
import { AppEvent } from '../../schemas/jobs.ts'
import { moment, shortDigest, shortId, words } from './format.ts'
import { progressText } from './progress.ts'

/** Cuts a stream into lines; the last may be without an end. */
async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split(/\r?\n/u)
    rest = lines.pop() ?? ''
    yield* lines
  }
  if (rest !== '') yield rest
}

/** The `data` of each message of a server-sent stream. */
async function* messagesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  let data: string[] = []
  for await (const line of linesOf(body)) {
    if (line.startsWith('data:')) data.push(line.slice(5).replace(/^ /u, ''))
    if (line !== '' || data.length === 0) continue
    yield data.join('\n')
    data = []
  }
}

async function openStream(client: Client, signal: AbortSignal) {
  const headers = { Accept: 'text/event-stream' }
  const response = await client.raw('/api/events', { headers, signal })
  if (response.ok && response.body) return response.body
  const problem = (await response.json().catch(() => ({}))) as { code?: unknown; detail?: unknown }
  const detail = typeof problem.detail === 'string' ? problem.detail : 'There are no events'
  throw new AppError(isErrorCode(problem.code) ? problem.code : 'internal', detail)
}

/**
 * Yields the events of the service until the stream ends or `signal` is aborted. Unknown messages
 * (of a newer service) are skipped.
 * @throws AppError service.not_running where the service does not answer, or the answer's own problem
 */
export async function* readEvents(client: Client, signal: AbortSignal): AsyncGenerator<AppEvent> {
  try {
    for await (const message of messagesOf(await openStream(client, signal))) {
      const event = v.safeParse(v.pipe(v.string(), v.parseJson(), AppEvent), message)
      if (event.success) yield event.output
    }
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

type EventMessages = {
  readonly [K in AppEvent['type']]: (event: Extract<AppEvent, { type: K }>) => string
}

const EVENT_MESSAGES: EventMessages = {
  'profile.activated': ({ ui, profile }) => `${ui}: ${profile} is active`,
  'view.changed': ({ ui, profile }) => `${ui}: the view of ${profile} has changed`,
  'pack.changed': ({ pack }) => `pack ${pack} has changed`,
  'profile.changed': ({ profile }) => `profile ${profile} has changed`,
  'blob.added': ({ sha256 }) => `model ${shortDigest(sha256)} is here`,
  'blob.removed': ({ sha256 }) => `model ${shortDigest(sha256)} is gone`,
  'config.changed': () => 'settings have changed',
  'index.rebuilt': () => 'the index was built anew',
  'pairing.changed': () => 'pairings have changed: synapse pair',
  'job.updated': ({ job }) =>
    `job ${shortId(job.id)} ${words(job.kind)}: ${job.state === 'running' ? progressText(job, '') : job.state}`,
  resync: () => 'events were missed',
}

/** Returns an event in one line, with the time at which it came. */
export function eventText(event: AppEvent, at: Date = new Date()): string {
  const say = EVENT_MESSAGES[event.type] as (event: AppEvent) => string
  return `${moment(at.toISOString())}  ${say(event)}`
}
