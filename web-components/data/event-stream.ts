/**
 * Reads a stream of server-sent events from a response body, as the HTML standard's
 * "event stream interpretation" says (https://html.spec.whatwg.org/multipage/server-sent-events.html).
 * `EventSource` itself cannot be used: it sends no bearer token.
 */
import type { AppEvent } from '../../schemas/jobs.ts'

/** One event of a stream. */
export interface StreamMessage {
  /** The last event id received; empty where none was. */
  readonly id: string
  readonly type: string
  readonly data: string
}

/** Takes chunks of a stream's text and returns the complete events in them. */
export class StreamParser {
  #rest = ''
  #id = ''
  #type = ''
  #data: string[] = []

  /** The events that `piece` completes, in order; what is left over waits for the next piece. */
  push(piece: string): StreamMessage[] {
    const text = this.#rest + piece
    // A CR at the very end may be the first half of a CRLF.
    const end = text.endsWith('\r') ? text.length - 1 : text.length
    const lines = text.slice(0, end).split(/\r\n|\r|\n/u)
    this.#rest = (lines.pop() ?? '') + text.slice(end)
    return lines.flatMap((line) => this.#take(line.replace(/^\uFEFF/u, '')))
  }

  #take(line: string): StreamMessage[] {
    if (line === '') return this.#dispatch()
    const colon = line.indexOf(':')
    const field = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /u, '')
    if (field === 'data') this.#data.push(value)
    else if (field === 'event') this.#type = value
    else if (field === 'id' && !value.includes('\0')) this.#id = value
    return []
  }

  #dispatch(): StreamMessage[] {
    const message = { id: this.#id, type: this.#type || 'message', data: this.#data.join('\n') }
    const empty = this.#data.length === 0
    this.#data = []
    this.#type = ''
    return empty ? [] : [message]
  }
}

/** Yields the events of a response body as they arrive; ends with the body. */
export async function* readStream(
  body: ReadableStream<Uint8Array>,
  onBytes: () => void,
): AsyncGenerator<StreamMessage> {
  const reader = body.getReader()
  const decoder = new TextDecoder()
  const parser = new StreamParser()
  try {
    for (;;) {
      const { done, value } = await reader.read()
      if (done) return
      onBytes()
      yield* parser.push(decoder.decode(value, { stream: true }))
    }
  } finally {
    await reader.cancel().catch(() => undefined)
  }
}

/** Returns the event that a message of the service carries; null where it is none. */
export function eventIn(data: string): AppEvent | null {
  let value: unknown
  try {
    value = JSON.parse(data)
  } catch {
    return null
  }
  if (typeof value !== 'object' || value === null || !('type' in value)) return null
  // As with answers, what the service says is believed; types that are new here match nothing.
  return value as AppEvent
}
