/** The thread of {@link LargeBodies}: parses one large body, checks it, makes its dry run. */
import { parentPort } from 'node:worker_threads'
import { ENDPOINTS, type EndpointId } from '../../../schemas/endpoints.ts'
import type { Endpoint } from '../../../schemas/endpoints/endpoint.ts'
import type { ErrorCode, ErrorExtras } from '../../../schemas/errors.ts'
import { asksDryRun, rehearse, type RehearsalStore } from './rehearsals.ts'
import { checkInput, joined, readJson, requireObject } from './take-body.ts'
import { isUnexpected, toAppError } from '../to-problem.ts'

/** One body to parse. */
export interface BodyTask {
  readonly id: EndpointId
  /** The body in pieces, or already checked. */
  readonly given:
    | { readonly blocks: readonly Uint8Array<ArrayBuffer>[] }
    | { readonly body: Readonly<Record<string, unknown>> }
  readonly params: unknown
  readonly query: unknown
  /** The store for the dry run; null where this endpoint has none here. */
  readonly store: RehearsalStore | null
}

/** Messages of the thread: parts of the body, and the outcome. */
export type BodyReply =
  | { readonly say: 'items'; readonly key: string; readonly items: readonly unknown[] }
  | { readonly say: 'body'; readonly body: Readonly<Record<string, unknown>> }
  | { readonly say: 'answer'; readonly text: Uint8Array<ArrayBuffer> }
  | { readonly say: 'refused'; readonly error: SentError }

/** An error as it travels between threads. */
export interface SentError {
  readonly code: ErrorCode
  readonly message: string
  readonly extras: Pick<ErrorExtras, 'hint' | 'issues' | 'details'>
  /** The stack trace of an unexpected error, for the log. */
  readonly trace: string | null
}

/** How many items of a list are sent at once, so as not to block the receiver. */
const ITEMS_AT_ONCE = 2000

const port = parentPort
if (port === null) throw new Error('This file runs as a worker thread only')

function sent(error: unknown): SentError {
  const { code, message, hint, issues, details } = toAppError(error)
  const trace = isUnexpected(error) && error instanceof Error ? (error.stack ?? null) : null
  return { code, message, extras: { hint, issues, details }, trace }
}

function say(reply: BodyReply, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(reply, transfer)
}

/** Sends long lists first, piece by piece; the rest of the body follows. */
function sayBody(body: Readonly<Record<string, unknown>>): void {
  const rest = Object.entries(body).filter(([key, value]) => {
    if (!Array.isArray(value) || value.length <= ITEMS_AT_ONCE) return true
    for (let at = 0; at < value.length; at += ITEMS_AT_ONCE) {
      say({ say: 'items', key, items: value.slice(at, at + ITEMS_AT_ONCE) })
    }
    return false
  })
  say({ say: 'body', body: Object.fromEntries(rest) })
}

function checkedBody(endpoint: Endpoint, blocks: readonly Uint8Array[]): unknown {
  const value = requireObject(readJson(joined(blocks), endpoint.limit))
  return endpoint.body === null ? value : checkInput(endpoint.body, value)
}

async function carryOut({ id, given, params, query, store }: BodyTask): Promise<void> {
  const body = 'body' in given ? given.body : checkedBody(ENDPOINTS[id], given.blocks)
  if (store !== null) {
    const answer = await rehearse(id, store, { params, query, body } as never)
    if (asksDryRun(query, body)) {
      const text = new TextEncoder().encode(JSON.stringify(answer))
      say({ say: 'answer', text }, [text.buffer])
      return
    }
  }
  sayBody(body as Record<string, unknown>)
}

port.on('message', (task: BodyTask) => {
  carryOut(task).catch((error: unknown) => {
    say({ say: 'refused', error: sent(error) })
  })
})
