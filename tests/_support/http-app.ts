/** The app with handlers that answer at once, and what is needed to be let in by it. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Hono } from 'hono'
import * as v from 'valibot'
import { ENDPOINTS, type EndpointId } from '../../schemas/endpoints.ts'
import type { Endpoint } from '../../schemas/endpoints/endpoint.ts'
import { ERRORS, isErrorCode } from '../../schemas/errors.ts'
import { Problem } from '../../schemas/jobs.ts'
import { openAuth, type Auth } from '../../sidecar/app/auth/auth.ts'
import { EventHub } from '../../sidecar/app/events/event-hub.ts'
import type { Caller, Handlers } from '../../sidecar/app/handlers/handler.ts'
import { homeAt, type Home } from '../../sidecar/app/home/home.ts'
import { LargeBodies } from '../../sidecar/app/bodies/large-bodies.ts'
import type { LogEntry } from '../../sidecar/app/log/log.ts'
import { createApp, type AppDeps } from '../../sidecar/http/app.ts'
import type { CheckedInput } from '../../sidecar/http/validate.ts'

/** The host that {@link testApp} answers to. */
export const HOST = '127.0.0.1:8377'
/** Its origin. */
export const ORIGIN = `http://${HOST}`

/** One call of a handler. */
export interface Call {
  readonly id: EndpointId
  readonly input: CheckedInput
  readonly caller: Caller
}

/** An app under test. */
export interface TestApp {
  readonly app: Hono
  readonly auth: Auth
  readonly home: Home
  readonly events: EventHub
  readonly calls: Call[]
  readonly logged: LogEntry[]
  /** Asks with the right host and the owner's token, unless `init` says otherwise. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** Asks with the right host and nothing else. */
  send(path: string, init?: RequestInit): Promise<Response>
}

/** Returns a folder that is gone after the test. */
export function temporaryFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'synapse-test-'))
  t.after(() => {
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

type Fakes = Readonly<Partial<Record<EndpointId, (call: Call) => unknown>>>

function fakeHandlers(calls: Call[], fakes: Fakes): Handlers {
  const handler = (id: EndpointId) => async (input: CheckedInput, caller: Caller) => {
    const call = { id, input, caller }
    calls.push(call)
    return (await fakes[id]?.(call)) ?? { id: 'canned' }
  }
  return new Proxy({} as Handlers, {
    get: (_target, id) => handler(id as EndpointId),
  })
}

/** Returns the app in memory, its home in a fresh folder. */
export function testApp(
  t: TestContext,
  fakes: Fakes = {},
  options: Partial<AppDeps> & { readonly auth?: Auth } = {},
): TestApp {
  const home = homeAt(temporaryFolder(t))
  const auth = options.auth ?? openAuth({ home, clock: { now: () => Date.now() } })
  const events = new EventHub({ boot: 'boot' })
  t.after(() => {
    events[Symbol.dispose]()
  })
  const large = new LargeBodies()
  t.after(() => large[Symbol.asyncDispose]())
  const calls: Call[] = []
  const logged: LogEntry[] = []
  const app = createApp({
    handlers: fakeHandlers(calls, fakes),
    auth,
    events,
    allowedHosts: () => [HOST, 'localhost:8377', '[::1]:8377'],
    large,
    version: '0.0.0',
    log: (entry) => logged.push(entry),
    ...options,
  })
  const send = async (path: string, init: RequestInit = {}) => {
    const headers = new Headers({ host: HOST })
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
    const response = await app.request(`${ORIGIN}${path}`, { ...init, headers })
    if (response.status >= 400 && init.method !== 'HEAD') await problemCode(response.clone())
    return response
  }
  const ask = (path: string, init: RequestInit = {}) => {
    const headers = new Headers({ authorization: `Bearer ${auth.ownerToken}` })
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
    return send(path, { ...init, headers })
  }
  return { app, auth, home, events, calls, logged, ask, send }
}

/** Returns a request with a JSON body. */
export function jsonBody(
  method: string,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RequestInit {
  return {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  }
}

/** Returns the code of a problem, checked to be of the schema and of the table. */
export async function problemCode(response: Response): Promise<string> {
  const problem: unknown = await response.json()
  const fits =
    response.headers.get('content-type') === 'application/problem+json' &&
    v.is(Problem, problem) &&
    isErrorCode(problem.code) &&
    problem.status === response.status &&
    problem.status === ERRORS[problem.code].status &&
    problem.type === `urn:synapse:error:${problem.code}`
  if (!fits) throw new Error(`Not a problem: ${JSON.stringify(problem)}`)
  return problem.code
}

/** The table as rows. */
export const ROWS = Object.entries(ENDPOINTS) as [EndpointId, Endpoint][]

/** A good value for each parameter of a path. */
export const GOOD_PARAMS: Readonly<Record<string, string>> = {
  name: 'My Pack',
  sha256: 'ab'.repeat(32),
  item: 'ab'.repeat(32),
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
}

/** The least that each body may be; `{}` where nothing is said. */
export const LEAST_BODIES: Readonly<Partial<Record<EndpointId, object>>> = {
  'packs.create': { name: 'P' },
  'packs.restore': { schema: 'synapse.pack_export.v1', exported_at: '', name: 'P', files: [] },
  'profiles.create': { name: 'P' },
  'profiles.use': { pack: 'P' },
  'profiles.activate': { profile: 'global' },
  'profiles.startup': { ui: 'comfyui' },
  'inventory.verify': { sha256: ['ab'.repeat(32)] },
  'jobs.idle': { paused: false },
  'imports.preview': { paths: ['/models'] },
  'imports.start': { paths: ['/models'] },
  'auth.pair_state': { secret: 's' },
  'auth.approve': { code: 'ABCD-2345' },
  'auth.login': { code: 'c' },
  'comfyui.install': { path: '/ComfyUI' },
  'comfyui.uninstall': { path: '/ComfyUI' },
}

/** Returns the path of an endpoint with good values, or with the given raw ones. */
export function pathOf(endpoint: Endpoint, raw: Readonly<Record<string, string>> = {}): string {
  return endpoint.path.replace(
    /\{(\w+)\}/gu,
    (_whole, name: string) => raw[name] ?? encodeURIComponent(GOOD_PARAMS[name] ?? ''),
  )
}

/** Returns a request of an endpoint with the least body that it takes. */
export function leastInit(id: EndpointId, endpoint: Endpoint): RequestInit {
  return endpoint.body === null
    ? { method: endpoint.method }
    : jsonBody(endpoint.method, LEAST_BODIES[id] ?? {})
}
