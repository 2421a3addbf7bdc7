/** The HTTP app: every route is derived from the table of endpoints. */
import { Hono, type Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import * as v from 'valibot'
import { ENDPOINTS, type EndpointId } from '../../schemas/endpoints.ts'
import { answeredCodes, type Endpoint } from '../../schemas/endpoints/endpoint.ts'
import { AppError, isErrorCode } from '../../schemas/errors.ts'
import { Problem } from '../../schemas/jobs.ts'
import type { Auth } from '../app/auth/auth.ts'
import type { EventHub } from '../app/events/event-hub.ts'
import type { Caller, Handlers } from '../app/handlers/handler.ts'
import type { LargeBodies } from '../app/bodies/large-bodies.ts'
import type { Log } from '../app/log/log.ts'
import type { RehearsalStore } from '../app/bodies/rehearsals.ts'
import { isUnexpected, toAppError, toProblem } from '../app/to-problem.ts'
import { readDocs } from './docs-pages.ts'
import { authenticate, originGuard } from './auth-middleware.ts'
import { eventsAnswer } from './events-route.ts'
import { openApiDocument } from './openapi.ts'
import { browserRules, pageAnswer, readPage, type PageFile } from './page.ts'
import { validate, type CheckedInput } from './validate.ts'

/** The dependencies of the app. */
export interface AppDeps {
  readonly handlers: Handlers
  readonly auth: Pick<Auth, 'check' | 'ended'>
  readonly events: EventHub
  /**
   * Exact values of `Host`, port included; their `http://` origins are ours. Called for each
   * request.
   */
  readonly allowedHosts: () => readonly string[]
  /** Further names of the service, as the owner lists them. Called for each request. */
  readonly listedHosts?: () => readonly string[]
  /** Parses large bodies. */
  readonly large: LargeBodies
  /** The store for dry runs of large bodies in another thread; without it they run in this one. */
  readonly rehearsalStore?: () => RehearsalStore
  /** Folder of the bundled page. */
  readonly page?: string
  /** Folder of the Markdown that `/docs` shows. */
  readonly docs?: string
  readonly version: string
  readonly log: Log
  /** Throws if an answer or a problem does not match the table: for tests. */
  readonly checkAnswers?: boolean
  /** Milliseconds between comments in `/api/events`. */
  readonly heartbeatMs?: number
}

const PIECE_BYTES = 256 * 1024

type RouteHandler = (c: Context) => Response | Promise<Response>

/** The handlers of one path: method → handler. */
type Route = Map<string, RouteHandler>

type UntypedHandler = (input: CheckedInput, caller: Caller) => unknown

const RETRY_SECONDS: Readonly<Record<string, string>> = {
  'store.locked': '1',
  'service.busy': '5',
}

/** Open, except to requests through ComfyUI. */
const DIRECT_ONLY: ReadonlySet<EndpointId> = new Set(['auth.login'])

/** An answer that does not match the table: a bug in a handler. */
export class AnswerMismatch extends Error {
  constructor(id: string, fault: string, cause?: unknown) {
    super(`${id} answers what it must not: ${fault}`, { cause })
    this.name = 'AnswerMismatch'
  }
}

/**
 * Returns the app: `GET /` and `/docs` for people, `/api/` for programs. Call it by `app.request()`
 * or put it behind {@link serve}.
 */
export function createApp(deps: AppDeps): Hono {
  const pages = [...readPage(deps.page), ...readDocs(deps.docs, deps.version)]
  const pagePaths = new Set(pages.map(({ path }) => path))
  const app = new Hono()
  app.use(browserRules)
  app.use(async (c, next) => {
    await next()
    if (!c.res.headers.has('cache-control')) c.res.headers.set('Cache-Control', 'no-store')
  })
  app.use(originGuard(deps, (path) => pagePaths.has(path)))
  for (const [pattern, route] of routesOf(deps, pages)) addRoute(app, pattern, route)
  app.notFound((c) => problemAnswer(c, new AppError('route.not_found', 'No such route')))
  app.onError((error, c) => failed(c, error, deps.log))
  return app
}

/** Paths in the order in which they are tried: fixed words, then `/-/` and a name, then names. */
function routesOf(deps: AppDeps, pages: readonly PageFile[]): [string, Route][] {
  const routes = new Map<string, Route>()
  const add = (pattern: string, method: string, answer: RouteHandler) => {
    const route = routes.get(pattern) ?? new Map<string, RouteHandler>()
    routes.set(pattern, route.set(method, answer))
  }
  for (const page of pages) add(page.path, 'GET', (c) => pageAnswer(c, page))
  let openApi: string | null = null
  add('/api/openapi.json', 'GET', (c) => {
    openApi ??= JSON.stringify(openApiDocument(deps.version))
    return jsonAnswer(c, openApi)
  })
  add('/api/events', 'GET', (c) => eventsAnswer(c, authenticate(c, 'token', deps), deps))
  for (const [id, endpoint] of Object.entries(ENDPOINTS) as [EndpointId, Endpoint][]) {
    const answer = handlerOf(deps, id, endpoint)
    for (const pattern of patternsOf(endpoint.path)) add(pattern, endpoint.method, answer)
  }
  return [...routes].sort(([a], [b]) => rank(a) - rank(b))
}

const rank = (pattern: string): number =>
  pattern.includes('/-/') ? 1 : pattern.includes(':') ? 2 : 0

/**
 * `{x}` becomes `:x`; a name in the store is also reachable behind `/-/`, where no fixed word
 * shadows it.
 */
function patternsOf(path: string): string[] {
  const forms = path.includes('{name}') ? [path, path.replace('{name}', '-/{name}')] : [path]
  return forms.map((form) => form.replace(/\{(\w+)\}/gu, ':$1'))
}

function addRoute(app: Hono, pattern: string, route: Route): void {
  for (const [method, answer] of route) app.on(method, pattern, answer)
  const methods = [...route.keys()].flatMap((name) => (name === 'GET' ? ['GET', 'HEAD'] : [name]))
  app.all(pattern, (c) => {
    c.header('Allow', methods.sort().join(', '))
    throw new AppError('route.method_not_allowed', `Use ${methods.join(' or ')} here`)
  })
}

function handlerOf(deps: AppDeps, id: EndpointId, endpoint: Endpoint): RouteHandler {
  const bodies = { large: deps.large, rehearsalStore: deps.rehearsalStore ?? null }
  const handle = deps.handlers[id] as unknown as UntypedHandler
  const answer: RouteHandler = async (c) => {
    const caller = authenticate(c, endpoint.access, deps)
    if (DIRECT_ONLY.has(id) && caller.via !== 'direct') {
      throw new AppError('auth.forbidden', 'This cannot be done through ComfyUI')
    }
    const taken = await validate(c, { id, endpoint }, bodies)
    if ('answer' in taken) return largeAnswer(c, taken.answer)
    const given = await handle(taken.input, caller)
    const fault = deps.checkAnswers ? formFault(endpoint.answer, given) : null
    if (fault !== null) throw new AnswerMismatch(id, fault)
    if (endpoint.method !== 'GET') noteChange(deps.log, id, caller)
    if (endpoint.status === 202) c.header('Location', jobReference(c, (given as { id: string }).id))
    return jsonAnswer(c, JSON.stringify(given), endpoint.status)
  }
  return deps.checkAnswers ? withCheckedProblems(id, endpoint, answer) : answer
}

/** A reference to a job relative to the request, so that it is valid behind any proxy. */
function jobReference(c: Context, id: string): string {
  const below = c.req.path.slice('/api/'.length).split('/').length - 1
  return `${'../'.repeat(below)}jobs/${id}`
}

function withCheckedProblems(
  id: EndpointId,
  endpoint: Endpoint,
  answer: RouteHandler,
): RouteHandler {
  const declared = answeredCodes(endpoint)
  return async (c) => {
    try {
      return await answer(c)
    } catch (error) {
      if (error instanceof AnswerMismatch) throw error
      const problem = toProblem(error)
      const fault = formFault(Problem, problem)
      if (fault !== null) throw new AnswerMismatch(id, fault, error)
      if (isErrorCode(problem.code) && declared.has(problem.code)) throw error
      throw new AnswerMismatch(id, `${problem.code}, which is not declared`, error)
    }
  }
}

/** Why a value does not match its schema; null where it does. */
function formFault(schema: v.GenericSchema, value: unknown): string | null {
  const { issues } = v.safeParse(schema, value)
  const faults = issues?.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`)
  return faults?.join('; ') ?? null
}

function noteChange(log: Log, endpoint: EndpointId, { actor, via }: Caller): void {
  log({ level: 'info', event: 'http.done', endpoint, actor, via })
}

function jsonAnswer(c: Context, text: string, status: 200 | 202 = 200): Response {
  return c.body(text, status, { 'Content-Type': 'application/json' })
}

/** Many megabytes are sent in pieces: as one body they would be copied at once. */
function largeAnswer(c: Context, bytes: Uint8Array<ArrayBuffer>): Response {
  let at = 0
  const pieces = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      if (at < bytes.length) controller.enqueue(bytes.subarray(at, (at += PIECE_BYTES)))
      else controller.close()
    },
  })
  return c.body(pieces, 200, {
    'Content-Type': 'application/json',
    'Content-Length': String(bytes.length),
  })
}

function problemAnswer(c: Context, error: AppError): Response {
  const problem = toProblem(error)
  const retry = RETRY_SECONDS[problem.code]
  if (retry !== undefined) c.header('Retry-After', retry)
  if (problem.code === 'auth.required') c.header('WWW-Authenticate', 'Bearer')
  return c.body(JSON.stringify(problem), problem.status as ContentfulStatusCode, {
    'Content-Type': 'application/problem+json',
  })
}

function failed(c: Context, error: Error, log: Log): Response {
  if (error instanceof AnswerMismatch) throw error
  const appError = toAppError(error)
  const { method, path } = c.req
  if (isUnexpected(error)) log({ level: 'error', event: 'http.failed', method, path, error })
  if (appError.code.startsWith('auth.')) {
    log({ level: 'warning', event: 'http.refused', method, path, why: appError.message })
  }
  return problemAnswer(c, appError)
}
