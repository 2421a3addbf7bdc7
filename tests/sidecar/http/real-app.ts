/** The app over a real store; each of its answers is held against the OpenAPI document. */
import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import { addressOf } from '../../../schemas/client.ts'
import { answeredCodes, type Endpoint } from '../../../schemas/endpoints/endpoint.ts'
import { ENDPOINTS, type EndpointId } from '../../../schemas/endpoints.ts'
import { ERRORS, type ErrorCode } from '../../../schemas/errors.ts'
import type { Problem } from '../../../schemas/jobs.ts'
import { createSynapse } from '../../../sidecar/http/create-synapse.ts'
import { temporaryFolder } from '../../_support/http-app.ts'
import { createTestSynapse, type TestSynapse } from '../../_support/test-synapse.ts'
import { answerValidator } from './open-api.ts'

const HOST = 'synapse.in-process'
const ORIGIN = `http://${HOST}`

/** What is sent to an endpoint. */
export interface Asked {
  readonly params?: Readonly<Record<string, string>>
  readonly query?: unknown
  readonly body?: unknown
  /** The owner's by default; null: none, but our own origin. */
  readonly token?: string | null
}

/** What came back. */
export interface Answered {
  readonly status: number
  /** Of a problem; null where it was done. */
  readonly code: ErrorCode | null
  readonly body: unknown
}

/** Asks an app and holds what it answers against the document. */
export interface Asker {
  ask(id: EndpointId, asked?: Asked): Promise<Answered>
  /** As {@link ask}, with an address and a request of one's own. */
  send(id: EndpointId, path: string, init: RequestInit): Promise<Answered>
  /** Endpoints that have answered with what they are for. */
  readonly done: ReadonlySet<EndpointId>
}

function checkProblem(id: EndpointId, response: Response, problem: Problem): ErrorCode {
  const { code, status } = problem
  assert.equal(response.headers.get('content-type'), 'application/problem+json', id)
  assert.ok(answeredCodes(ENDPOINTS[id]).has(code as ErrorCode), `${id} answers ${code} unlisted`)
  assert.equal(status, response.status, id)
  assert.equal(ERRORS[code as ErrorCode].status, status, id)
  return code as ErrorCode
}

function checkDocument(id: EndpointId, response: Response, body: unknown): void {
  const type = response.headers.get('content-type') ?? ''
  const valid = answerValidator(id, response.status, type)
  assert.ok(valid(body), `${id} ${String(response.status)}: ${JSON.stringify(valid.errors)}`)
}

function askerOf(app: TestSynapse['synapse']): Asker {
  const done = new Set<EndpointId>()

  async function send(id: EndpointId, path: string, init: RequestInit): Promise<Answered> {
    const headers = new Headers({ host: HOST, authorization: `Bearer ${app.auth.ownerToken}` })
    for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
    const response = await app.app.request(`${ORIGIN}${path}`, { ...init, headers })
    const body = await response.json()
    const code = response.ok ? null : checkProblem(id, response, body as Problem)
    checkDocument(id, response, body)
    if (response.ok) done.add(id)
    return { status: response.status, code, body }
  }

  return {
    done,
    send,
    ask(id, { token, ...asked } = {}) {
      const endpoint: Endpoint = ENDPOINTS[id]
      const headers: Record<string, string> = {}
      if (token === null) Object.assign(headers, { authorization: '', origin: ORIGIN })
      else if (token !== undefined) headers['authorization'] = `Bearer ${token}`
      const init: RequestInit = { method: endpoint.method, headers }
      if (endpoint.body !== null) {
        headers['content-type'] = 'application/json'
        init.body = JSON.stringify(asked.body ?? {})
      }
      return send(id, addressOf(endpoint, asked), init)
    },
  }
}

/** Returns a new store that can be asked. */
export async function realApp(t: TestContext): Promise<TestSynapse & Asker> {
  const setup = await createTestSynapse(t)
  return { ...setup, ...askerOf(setup.synapse) }
}

/** Returns a folder in which there is no store yet. */
export async function noStore(t: TestContext): Promise<Asker & { readonly root: string }> {
  const folder = temporaryFolder(t)
  const root = `${folder}/store`
  const synapse = await createSynapse({ root, home: `${folder}/home`, checkAnswers: true })
  t.after(() => synapse[Symbol.asyncDispose]())
  return { root, ...askerOf(synapse) }
}

/** Returns the answer of an endpoint that must do what it is for. */
export async function must(asker: Asker, id: EndpointId, asked?: Asked): Promise<never> {
  const answered = await asker.ask(id, asked)
  assert.equal(answered.status, ENDPOINTS[id].status, `${id}: ${JSON.stringify(answered.body)}`)
  return answered.body as never
}
