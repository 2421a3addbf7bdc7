/** `GET /api/events`: the events of the service as server-sent events. */
import type { Context } from 'hono'
import type { Auth } from '../app/auth/auth.ts'
import type { EventHub, NumberedEvent, Subscription } from '../app/events/event-hub.ts'
import type { Caller } from '../app/handlers/handler.ts'

const HEARTBEAT_MS = 15_000
const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Some reverse proxies buffer an answer until it is long enough.
  'X-Accel-Buffering': 'no',
} as const

/** The dependencies of the event stream. */
export interface EventsDeps {
  readonly events: EventHub
  readonly auth: Pick<Auth, 'ended'>
  /** Milliseconds between comments; 15 seconds by default. */
  readonly heartbeatMs?: number
}

const encoder = new TextEncoder()

function frame({ id, event }: NumberedEvent): Uint8Array {
  return encoder.encode(`id: ${id}\nevent: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
}

/**
 * The frames of a subscription at the reader's pace, with regular comments so that no proxy takes
 * silence for the end. Aborts if the reader is too slow.
 */
function streamOf(
  subscription: Subscription,
  heartbeatMs: number,
  whenOver: () => void,
): ReadableStream<Uint8Array> {
  let heartbeat: NodeJS.Timeout | undefined
  const end = () => {
    clearInterval(heartbeat)
    whenOver()
  }
  return new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(encoder.encode(': hello\n\n'))
      heartbeat = setInterval(() => {
        if ((controller.desiredSize ?? 0) > 0) controller.enqueue(encoder.encode(':\n\n'))
      }, heartbeatMs).unref()
    },
    async pull(controller) {
      const next = await subscription.next()
      if (next.done !== true) {
        controller.enqueue(frame(next.value))
        return
      }
      end()
      if (subscription.overflowed) controller.error(new Error('The reader is too slow'))
      else controller.close()
    },
    async cancel() {
      end()
      await subscription.return()
    },
  })
}

/**
 * Answers with the stream: first the events after `Last-Event-ID` (or `resync` where that is
 * unknown), then new ones, until the reader disconnects, its session ends or the service stops.
 */
export function eventsAnswer(c: Context, caller: Caller, deps: EventsDeps): Response {
  if (c.req.method === 'HEAD') return c.body(null, 200, HEADERS)
  const subscription = deps.events.subscribe(c.req.header('last-event-id') ?? null)
  const ended = caller.session === undefined ? null : deps.auth.ended(caller.session)
  const leave = () => void subscription.return()
  const over = new AbortController()
  for (const signal of [ended, c.req.raw.signal]) {
    if (signal?.aborted) leave()
    signal?.addEventListener('abort', leave, { once: true, signal: over.signal })
  }
  const stream = streamOf(subscription, deps.heartbeatMs ?? HEARTBEAT_MS, () => {
    over.abort()
  })
  return c.body(stream, 200, HEADERS)
}
