import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as v from 'valibot'
import type { Endpoint } from '../../../schemas/endpoints/endpoint.ts'
import type { EndpointId } from '../../../schemas/endpoints.ts'
import { illFormedAt } from '../../../schemas/json-scan.ts'
import type { Job } from '../../../schemas/jobs.ts'
import { GOOD_PARAMS, jsonBody, LEAST_BODIES, pathOf, ROWS } from '../../_support/http-app.ts'
import type { TestSynapse } from '../../_support/test-synapse.ts'
import { BAD_TEXTS, BAD_VALUES, placesIn } from './bad-values.ts'
import { must, realApp, type Answered, type Asker } from './real-app.ts'
import { treeDigest } from './tree-digest.ts'

/** One request that is not as it should be. */
interface Bad {
  readonly what: string
  readonly path: string
  readonly init: RequestInit
  /** False where the form is right, so that only the store can say what is wrong, if anything. */
  readonly refused: boolean
}

const short = (value: unknown) => JSON.stringify(value).slice(0, 60)
const takesBody = ({ method }: Endpoint) => method !== 'GET'

function badBodies(id: EndpointId, endpoint: Endpoint): Bad[] {
  const { body } = endpoint
  if (body === null) return []
  const path = pathOf(endpoint)
  return placesIn(body).flatMap((place) =>
    BAD_VALUES.map((value) => {
      const [field = ''] = place.name.split('.')
      const made = place.with(value) as Record<string, unknown>
      const sent = { ...LEAST_BODIES[id], ...(field in made ? { [field]: made[field] } : made) }
      return {
        what: `${place.name} = ${short(value)}`,
        path,
        init: jsonBody(endpoint.method, sent),
        refused: !v.is(body, sent) || illFormedAt(sent) !== null,
      }
    }),
  )
}

function badTexts(id: EndpointId, endpoint: Endpoint): Bad[] {
  if (!takesBody(endpoint)) return []
  const path = pathOf(endpoint)
  const least = JSON.stringify(LEAST_BODIES[id] ?? {}).slice(1, -1)
  const comma = least === '' ? '' : ','
  const send = (text: NonNullable<RequestInit['body']>, type = 'application/json') => ({
    method: endpoint.method,
    headers: { 'content-type': type },
    body: text,
  })
  const texts: Record<string, RequestInit> = {
    'a key twice': send(`{${least}${comma}"x":1,"x":2}`),
    'a key twice below': send(`{${least}${comma}"x":{"y":1,"\\u0079":2}}`),
    __proto__: send(`{${least}${comma}"__proto__":{"dry_run":false}}`),
    '__proto__ below': send(`{${least}${comma}"x":[{"__proto__":1}]}`),
    'half of it': send(`{${least}`),
    'no JSON': send('name=A'),
    'two documents': send(`{${least}}{}`),
    'not a number': send(`{${least}${comma}"x":NaN}`),
    'no UTF-8': send(Buffer.from([0x7b, 0xff, 0x7d])),
    'a list': send('[]'),
    'a text': send('"x"'),
    nothing: send('null'),
    'nesting without end': send(`${'['.repeat(50_000)}${']'.repeat(50_000)}`),
    'an unknown field': send(`{${least}${comma}"surprise":1}`),
    'a form': send('name=A', 'application/x-www-form-urlencoded'),
    'plain text': send(`{${least}}`, 'text/plain'),
    'too much': send(`{"x":"${'x'.repeat(endpoint.limit.bytes)}"}`),
  }
  const known = id === 'packs.restore' ? 'an unknown field' : ''
  return Object.entries(texts)
    .filter(([what]) => what !== known)
    .map(([what, init]) => ({ what, path, init, refused: true }))
}

function badQueries(id: EndpointId, endpoint: Endpoint): Bad[] {
  const path = pathOf(endpoint)
  const init =
    endpoint.body === null
      ? { method: endpoint.method }
      : jsonBody(endpoint.method, LEAST_BODIES[id] ?? {})
  const fields = placesIn(endpoint.query).map(({ name }) => name)
  const values = fields.flatMap((field) =>
    BAD_TEXTS.map((text) => ({
      what: `?${field}=${short(text)}`,
      path: `${path}?${String(new URLSearchParams({ [field]: text }))}`,
      init,
      refused: !v.is(endpoint.query, { [field]: text.toWellFormed() }),
    })),
  )
  const first = fields[0] ?? 'limit'
  const strange = ['surprise=1', '__proto__=1', 'constructor=1', `${first}=1&${first}=1`]
  const others = strange.map((query) => ({
    what: `?${query}`,
    path: `${path}?${query}`,
    init,
    refused: true,
  }))
  return [...values, ...others]
}

function badParams(id: EndpointId, endpoint: Endpoint): Bad[] {
  const init =
    endpoint.body === null
      ? { method: endpoint.method }
      : jsonBody(endpoint.method, LEAST_BODIES[id] ?? {})
  const raw = BAD_TEXTS.filter((text) => !['', '.', '..'].includes(text)).map((text) =>
    encodeURIComponent(text.toWellFormed()),
  )
  return Object.keys(endpoint.params).flatMap((param) =>
    [...raw, '%ff', '%zz', '%00', '%ed%a0%80'].map((text) => ({
      what: `{${param}} = ${text.slice(0, 40)}`,
      path: pathOf(endpoint, { [param]: text }).replace(/\{name\}/u, 'x'),
      init,
      refused: true,
    })),
  )
}

describe('a request that is not as it should be', () => {
  let setup: TestSynapse & Asker
  const ends: (() => void | Promise<void>)[] = []

  before(async () => {
    setup = await realApp({ after: (end: () => void) => ends.push(end) } as never)
    const paths = [setup.file('loras/a.safetensors', 'a'), setup.file('loras/b.ckpt', 'b')]
    await setup.import({ paths, pack: 'A' })
    await setup.import({ paths: [setup.file('loras/lone.safetensors', 'lone')] })
    await must(setup, 'profiles.use', { body: { pack: 'A' } })
  })
  after(async () => {
    for (const end of ends.reverse()) await end()
  })

  async function sent(id: EndpointId, bad: Bad): Promise<Answered> {
    const answered = await setup.send(id, bad.path, bad.init)
    if (answered.status === 202) {
      await setup.synapse.services.jobs.wait((answered.body as Job).id)
    }
    return answered
  }

  async function checkRefused(id: EndpointId, requests: readonly Bad[]): Promise<void> {
    const digest = treeDigest(setup.root)
    const wrong: string[] = []
    for (const bad of requests) {
      const { status } = await sent(id, bad)
      if (status < 400 || status >= 500) wrong.push(`${bad.what}: ${String(status)}`)
    }
    assert.deepEqual(wrong, [])
    assert.equal(treeDigest(setup.root), digest, 'what was refused has changed the store')
  }

  async function checkWellFormed(id: EndpointId, requests: readonly Bad[]): Promise<void> {
    const wrong: string[] = []
    for (const bad of requests) {
      const digest = treeDigest(setup.root)
      const { status } = await sent(id, bad)
      if (status >= 500) wrong.push(`${bad.what}: ${String(status)}`)
      if (status < 300 || treeDigest(setup.root) === digest) continue
      wrong.push(`${bad.what}: refused, and the store has changed`)
    }
    assert.deepEqual(wrong, [])
  }

  for (const [id, endpoint] of ROWS) {
    if (Object.keys(endpoint.params).length === 0) continue
    it(`in its path is refused by ${id}`, () => checkRefused(id, badParams(id, endpoint)))
  }

  for (const [id, endpoint] of ROWS) {
    it(`in its query or body is refused by ${id}, or does what it says`, async () => {
      const all = [badBodies, badTexts, badQueries].flatMap((of) => of(id, endpoint))
      const { refused = [], taken = [] } = Object.groupBy(all, (bad) =>
        bad.refused ? 'refused' : 'taken',
      )
      await checkRefused(id, refused)
      await checkWellFormed(id, taken)
    })
  }

  it('names what is not there', async () => {
    for (const [id, endpoint] of ROWS) {
      if (Object.keys(endpoint.params).length === 0) continue
      const name = 'nobody'
      const body = endpoint.body === null ? {} : { body: LEAST_BODIES[id] ?? {} }
      const { code } = await setup.ask(id, { params: { ...GOOD_PARAMS, name }, ...body })
      assert.match(code ?? '', /\.not_found$/u, id)
    }
  })
})
