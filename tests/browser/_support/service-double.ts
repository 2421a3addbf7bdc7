/**
 * A service that answers as a test defines, over real HTTP: the built page, canned answers that are
 * checked against the schemas on their way in and out, a stream of events, a bit of ComfyUI.
 */
import fs from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import path from 'node:path'
import * as v from 'valibot'
import { ENDPOINTS, type Answer, type EndpointId } from '../../../schemas/endpoints.ts'
import type { Endpoint } from '../../../schemas/endpoints/endpoint.ts'
import { AppError, ERRORS } from '../../../schemas/errors.ts'
import { AppEvent } from '../../../schemas/jobs.ts'
import { BUILT } from '../../_support/built.ts'
import { COMFYUI_PAGE } from './comfyui-double.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
}

/** A request as the double understood it. */
export interface Asked {
  readonly id: EndpointId
  readonly params: Readonly<Record<string, string>>
  readonly query: Readonly<Record<string, string>>
  readonly body: Readonly<Record<string, unknown>>
}

type AnswerFunction<K extends EndpointId> = (asked: Asked) => Answer<K> | Promise<Answer<K>>

/** The double; `close` it at the end of the test. */
export class ServiceDouble {
  /** Every request to the API, oldest first. */
  readonly asked: Asked[] = []
  /** Paths that the ComfyUI double was asked for by POST. */
  readonly posted: string[] = []
  /** `Last-Event-ID` of each stream that was opened. */
  readonly streamStarts: (string | undefined)[] = []
  /** Tokens that are accepted. */
  readonly tokens = new Set(['owner-token', 'panel-token'])
  /** Answers instead of the service, as a server in front does; null where there is none. */
  front: ((response: ServerResponse) => void) | null = null
  /** A server in front holds the stream of events back: nothing of it arrives, nor its head. */
  holdsStreams = false
  readonly #answers = new Map<EndpointId, AnswerFunction<EndpointId>>()
  readonly #streams = new Set<ServerResponse>()
  readonly #sockets = new Set<Socket>()
  #server = createServer()
  #port = 0
  #events = 0

  /** Listens on a port of its own, or on the one it had before `stop`. */
  async start(): Promise<this> {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((error: unknown) => {
        console.error('service double:', error)
        response.destroy()
      })
    })
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await new Promise<void>((resolve) => this.#server.listen(this.#port, '127.0.0.1', resolve))
    this.#port = (this.#server.address() as AddressInfo).port
    return this
  }

  /** Goes away as a killed service does: connections break, and nothing listens. */
  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    for (const socket of this.#sockets) socket.destroy()
    this.#streams.clear()
    await closed
  }

  /** Breaks the streams of events off; who listens comes back. */
  breakStreams(): void {
    for (const stream of this.#streams) stream.destroy()
  }

  /** Address of the page. */
  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`
  }

  /** Sets what an endpoint answers from now on; throw an AppError for a problem. */
  answer<K extends EndpointId>(id: K, answerer: Answer<K> | AnswerFunction<K>): void {
    const give = typeof answerer === 'function' ? answerer : () => answerer
    this.#answers.set(id, give)
  }

  /** The id of the newest event. */
  get lastEvent(): string {
    return `boot-${String(this.#events)}`
  }

  /** Sends an event to all who listen. */
  emit(fact: v.InferInput<typeof AppEvent>): void {
    this.#events += 1
    const data = JSON.stringify(v.parse(AppEvent, fact))
    const text = `id: ${this.lastEvent}\ndata: ${data}\n\n`
    for (const stream of this.#streams) stream.write(text)
  }

  /** The requests to one endpoint. */
  askedFor(id: EndpointId): Asked[] {
    return this.asked.filter((asked) => asked.id === id)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.url)
    // `/sub` stands for a proxy that serves ComfyUI below a path.
    const below = url.pathname.replace(/^\/sub\//u, '/')
    const api = /^(?:\/synapse)?(\/api\/.*)$/u.exec(below)?.[1]
    if (api !== undefined) return this.#serveApi(request, response, api, url.searchParams)
    if (request.method === 'POST') {
      this.posted.push(url.pathname)
      response.setHeader('Content-Type', 'application/json').end('{"cleared":1}')
      return
    }
    return this.#serveFile(response, below)
  }

  async #serveFile(response: ServerResponse, pathname: string): Promise<void> {
    const inline = COMFYUI_PAGE[pathname]
    const file = pathname.startsWith('/extensions/synapse/')
      ? pathname.replace('/extensions/synapse', 'comfy-extension/web')
      : `page${pathname === '/' ? '/index.html' : pathname}`
    response.setHeader('Content-Type', TYPES[path.extname(file)] ?? TYPES['.html'] ?? '')
    if (inline !== undefined) {
      response.setHeader('Content-Type', inline.type).end(inline.text)
      return
    }
    try {
      response.end(await fs.readFile(path.join(BUILT, file)))
    } catch {
      response.writeHead(404).end()
    }
  }

  async #serveApi(
    request: IncomingMessage,
    response: ServerResponse,
    pathname: string,
    search: URLSearchParams,
  ): Promise<void> {
    const body = await readBody(request)
    if (this.front !== null) {
      this.front(response)
      return
    }
    try {
      if (pathname === '/api/events') {
        this.#openStream(request, response)
        return
      }
      const { id, params } = routeOf(request.method ?? 'GET', pathname)
      this.#checkAccess(ENDPOINTS[id], request)
      const asked = { id, params, query: Object.fromEntries(search), body }
      checkInput(asked)
      this.asked.push(asked)
      const answerer = this.#answers.get(id)
      if (!answerer) throw new AppError('internal', `The test has no answer for ${id}`)
      const answer = v.parse(ENDPOINTS[id].answer, await answerer(asked))
      response.writeHead(ENDPOINTS[id].status, { 'Content-Type': 'application/json' })
      response.end(JSON.stringify(answer))
    } catch (error) {
      sendProblem(response, error)
    }
  }

  #openStream(request: IncomingMessage, response: ServerResponse): void {
    this.#checkAccess({ access: 'token' }, request)
    this.streamStarts.push(request.headers['last-event-id']?.toString())
    if (this.holdsStreams) return
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' })
    response.write(': hello\n\n')
    this.#streams.add(response)
    response.once('close', () => this.#streams.delete(response))
  }

  #checkAccess({ access }: Pick<Endpoint, 'access'>, request: IncomingMessage): void {
    if (access === 'open') return
    const token = request.headers['x-synapse-token']?.toString() ?? ''
    if (!this.tokens.has(token)) throw new AppError('auth.required', 'A token is needed')
    if (access === 'owner' && token !== 'owner-token')
      throw new AppError('auth.forbidden', 'Not you')
  }
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let text = ''
  for await (const piece of request) text += String(piece)
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>)
}

function routeOf(
  method: string,
  pathname: string,
): { id: EndpointId; params: Record<string, string> } {
  for (const id of Object.keys(ENDPOINTS) as EndpointId[]) {
    const endpoint: Endpoint = ENDPOINTS[id]
    if (endpoint.method !== method) continue
    const pattern = endpoint.path.replace(/\{(\w+)\}/gu, (_whole, key: string) =>
      key === 'name' ? `-/(?<name>[^/]+)` : `(?<${key}>[^/]+)`,
    )
    const match = new RegExp(`^${pattern}$`, 'u').exec(pathname)
    if (match) return { id, params: { ...match.groups } }
  }
  throw new AppError('route.not_found', `${method} ${pathname}`)
}

function checkInput({ id, query, body }: Asked): void {
  const endpoint: Endpoint = ENDPOINTS[id]
  v.parse(endpoint.query, query)
  if (endpoint.body) v.parse(endpoint.body, body)
}

function sendProblem(response: ServerResponse, error: unknown): void {
  const problem = error instanceof AppError ? error : new AppError('internal', String(error))
  if (problem.code === 'internal') console.error('service double:', error)
  const { status, title } = ERRORS[problem.code]
  response.writeHead(status, { 'Content-Type': 'application/problem+json' })
  const { code, message: detail, hint, issues, details } = problem
  response.end(
    JSON.stringify({ type: 'about:blank', title, status, detail, code, hint, issues, details }),
  )
}
