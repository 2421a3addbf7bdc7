import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as v from 'valibot'
import { unsafePartReason } from '../../../schemas/ids.ts'
import { illFormedAt } from '../../../schemas/json-scan.ts'
import type { Endpoint } from '../../../schemas/endpoints/endpoint.ts'
import {
  jsonBody,
  LEAST_BODIES,
  leastInit,
  pathOf,
  problemCode,
  ROWS,
  testApp,
} from '../../_support/http-app.ts'

function fieldsOf(schema: v.GenericSchema | null): string[] {
  return schema && 'entries' in schema ? Object.keys(schema.entries as object) : []
}

const STRANGE: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  '',
  'x',
  '../x',
  'a\u0000b',
  '\ud800',
  'x'.repeat(7000),
  [],
  [[]],
  [null],
  ['x'],
  [{}],
  {},
  { x: 1 },
  { constructor: 1 },
]

/** Reports whether somewhere a list stands for an object, which valibot lets pass. */
function listForObject(given: unknown, taken: unknown): boolean {
  if (typeof given !== 'object' || typeof taken !== 'object' || !given || !taken) return false
  if (Array.isArray(given) !== Array.isArray(taken)) return true
  return Object.entries(taken).some(([key, held]) =>
    listForObject((given as Record<string, unknown>)[key], held),
  )
}

function fits(schema: v.GenericSchema, value: unknown): boolean {
  const checked = v.safeParse(schema, value)
  const whole = illFormedAt(value) === null
  return checked.success && whole && !listForObject(value, checked.output)
}

describe('bodies', () => {
  it('of the least form pass everywhere', async (t) => {
    const { ask } = testApp(t)
    for (const [id, endpoint] of ROWS) {
      const response = await ask(pathOf(endpoint), leastInit(id, endpoint))
      assert.equal(response.status, endpoint.status, `${id}: ${await response.text()}`)
    }
  })

  it('with a wrong type in any field of any endpoint are refused with its path', async (t) => {
    const { ask } = testApp(t)
    for (const [id, endpoint] of ROWS) {
      for (const field of fieldsOf(endpoint.body)) {
        for (const value of STRANGE) {
          const body = { ...LEAST_BODIES[id], [field]: value }
          const response = await ask(pathOf(endpoint), jsonBody(endpoint.method, body))
          const what = `${id} ${field} ${JSON.stringify(value).slice(0, 50)}`
          if (endpoint.body && fits(endpoint.body, body)) {
            assert.equal(response.status, endpoint.status, what)
            continue
          }
          const problem = (await response.json()) as { code: string; issues: { path: string }[] }
          assert.equal(problem.code, 'input.invalid', what)
          assert.ok(
            problem.issues.every(({ path }) => path.split('.')[0] === field),
            what,
          )
        }
      }
    }
  })

  it('of a verification without digests and without `all` are refused', async (t) => {
    const { ask, calls } = testApp(t)
    for (const body of [{}, { sha256: [] }, { all: false }, { sha256: [], all: false }]) {
      const response = await ask('/api/store/inventory/verify', jsonBody('POST', body))
      const problem = (await response.json()) as { code: string; issues: { path: string }[] }
      assert.equal(problem.code, 'input.invalid')
      assert.deepEqual(
        problem.issues.map(({ path }) => path),
        ['sha256'],
      )
    }
    assert.deepEqual(calls, [])
  })

  it('with an unknown field are refused', async (t) => {
    const { ask } = testApp(t)
    for (const [id, endpoint] of ROWS) {
      if (endpoint.body === null || id === 'packs.restore') continue
      for (const key of ['surprise', 'constructor', 'toString']) {
        const body = { ...LEAST_BODIES[id], [key]: 1 }
        const response = await ask(pathOf(endpoint), jsonBody(endpoint.method, body))
        assert.equal(await problemCode(response), 'input.invalid', `${id} ${key}`)
      }
    }
  })

  for (const [what, text] of [
    ['a key twice', '{"name":"A","name":"B"}'],
    ['a key twice, once escaped', '{"name":"A","n\\u0061me":"B"}'],
    ['__proto__', '{"name":"A","__proto__":{}}'],
    ['half an object', '{"name":'],
    ['no JSON', 'name=A'],
    ['nesting without end', `{"name":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
  ] as const) {
    it(`with ${what} are malformed`, async (t) => {
      const { ask } = testApp(t)
      const response = await ask('/api/packs', jsonBody('POST', text))
      assert.equal(await problemCode(response), 'input.malformed')
    })
  }

  it('that are not UTF-8 are malformed', async (t) => {
    const { ask } = testApp(t)
    const body = Buffer.from([...Buffer.from('{"name":"'), 0xff, ...Buffer.from('"}')])
    const response = await ask('/api/packs', { ...jsonBody('POST', ''), body })
    assert.equal(await problemCode(response), 'input.malformed')
  })

  for (const text of ['[]', 'null', '5', '"x"', 'true']) {
    it(`that are ${text} are refused`, async (t) => {
      const { ask } = testApp(t)
      const response = await ask('/api/store/init', jsonBody('POST', text))
      assert.equal(await problemCode(response), 'input.invalid')
    })
  }

  it('of whatever JSON never make a fault', async (t) => {
    const { ask } = testApp(t)
    for (const [id, endpoint] of ROWS) {
      if (endpoint.body === null) continue
      const fields = fieldsOf(endpoint.body)
      const value = fc.oneof(
        fc.jsonValue({ maxDepth: 3 }),
        fields.length === 0
          ? fc.constant({})
          : fc.dictionary(fc.constantFrom(...fields), fc.jsonValue({ maxDepth: 2 })),
      )
      await fc.assert(
        fc.asyncProperty(value, async (body) => {
          const response = await ask(
            pathOf(endpoint),
            jsonBody(endpoint.method, { ...LEAST_BODIES[id], ...(body as object) }),
          )
          assert.ok(response.status < 500, await response.text())
        }),
        { numRuns: 40 },
      )
    }
  })
})

describe('queries', () => {
  const withQuery = ROWS.filter(([, endpoint]) => fieldsOf(endpoint.query).length > 0)

  it('with strange values are refused or taken as the schema says', async (t) => {
    const { ask } = testApp(t)
    const values = ['', 'x', '-1', '1.5', '1e3', '99999999999', '../x', '\u0000', 'x'.repeat(3000)]
    for (const [id, endpoint] of withQuery) {
      for (const field of fieldsOf(endpoint.query)) {
        for (const value of values) {
          const query = String(new URLSearchParams({ [field]: value }))
          const response = await ask(`${pathOf(endpoint)}?${query}`, leastInit(id, endpoint))
          const expected = v.is(endpoint.query, { [field]: value }) ? endpoint.status : 400
          assert.equal(response.status, expected, `${id} ${query.slice(0, 60)}`)
        }
      }
    }
  })

  it('with a key twice, or an unknown one, are refused everywhere', async (t) => {
    const { ask } = testApp(t)
    for (const [id, endpoint] of ROWS) {
      for (const query of ['limit=1&limit=1', 'surprise=1', '__proto__=1', 'constructor=1', 'x']) {
        const response = await ask(`${pathOf(endpoint)}?${query}`, leastInit(id, endpoint))
        assert.equal(await problemCode(response), 'input.invalid', `${id} ${query}`)
      }
    }
  })

  it('of whatever text never make a fault', async (t) => {
    const { ask } = testApp(t)
    for (const [, endpoint] of withQuery) {
      const fields = fieldsOf(endpoint.query)
      const query = fc.dictionary(fc.constantFrom(...fields), fc.string({ unit: 'binary' }))
      await fc.assert(
        fc.asyncProperty(query, async (given) => {
          const text = String(new URLSearchParams(given))
          const response = await ask(`${pathOf(endpoint)}?${text}`, { method: endpoint.method })
          assert.ok(response.status < 500, await response.text())
        }),
        { numRuns: 40 },
      )
    }
  })
})

describe('the query', () => {
  for (const query of ['search=%ff', 'search=%', 'search=%ED%A0%80', '%c0%af=1']) {
    it(`${query} is no proper text`, async (t) => {
      const { ask, calls } = testApp(t)
      assert.equal(await problemCode(await ask(`/api/packs?${query}`)), 'input.invalid')
      assert.deepEqual(calls, [])
    })
  }

  it('may hold every character, encoded', async (t) => {
    const { ask, calls } = testApp(t)
    assert.equal((await ask(`/api/packs?search=${encodeURIComponent('100 % é 🧠')}`)).status, 200)
    assert.deepEqual((calls[0]?.input.query as { search: string }).search, '100 % é 🧠')
  })
})

describe('a DELETE', () => {
  const path = `/api/store/inventory/${'ab'.repeat(32)}`

  it('takes its query from a body as well', async (t) => {
    const { ask, calls } = testApp(t)
    const body = { confirm_impacts: true, dry_run: true }
    const response = await ask(`${path}?target=local&dry_run=true`, jsonBody('DELETE', body))
    assert.equal(response.status, 200)
    assert.deepEqual(calls[0]?.input.query, {
      target: 'local',
      force: false,
      confirm_impacts: true,
      confirm_last_copy: '',
      dry_run: true,
    })
  })

  it('refuses what query and body say differently', async (t) => {
    const { ask, calls } = testApp(t)
    const response = await ask(`${path}?dry_run=true`, jsonBody('DELETE', { dry_run: false }))
    assert.equal(await problemCode(response), 'input.invalid')
    assert.deepEqual(calls, [])
  })

  it('refuses a body that is no query of it', async (t) => {
    const { ask } = testApp(t)
    const response = await ask('/api/trash', jsonBody('DELETE', { all: true }))
    assert.equal(await problemCode(response), 'input.invalid')
  })
})

describe('parts of paths', () => {
  const TRICKS = [
    '..',
    '.',
    '%2e%2e',
    '%2e',
    '%2E%2E%2F',
    '..%2f..%2fetc%2fpasswd',
    '..%5c..%5cwindows',
    'a%2fb',
    'a%5cb',
    '%00',
    'a%00b',
    '%0a',
    '%7f',
    '%c2%80',
    '%ff',
    '%c0%ae%c0%ae',
    '%ed%a0%80',
    '%',
    '%zz',
    '%252e%252e',
    '%252fetc',
    'a%2500',
    'x'.repeat(256),
    'x'.repeat(8000),
    '%C4%8D'.repeat(128),
    '-',
    '__proto__',
    'constructor',
    '..;',
    '%3f',
    '%23',
  ]

  function decodedOnce(raw: string): string | null {
    try {
      return decodeURIComponent(raw)
    } catch {
      return null
    }
  }

  function formsOf(endpoint: Endpoint): Endpoint[] {
    const behindDash = endpoint.path.replace('{name}', '-/{name}')
    return behindDash === endpoint.path ? [endpoint] : [endpoint, { ...endpoint, path: behindDash }]
  }

  const cases = ROWS.flatMap(([id, endpoint]) =>
    Object.keys(endpoint.params).flatMap((param) =>
      formsOf(endpoint).flatMap((form) =>
        TRICKS.map((trick) => ({
          id,
          endpoint,
          param,
          trick,
          path: pathOf(form, { [param]: trick }),
        })),
      ),
    ),
  )

  it('reach a handler decoded once and safe, or not at all', async (t) => {
    const { ask, calls } = testApp(t)
    for (const { id, endpoint, param, trick, path } of cases) {
      calls.length = 0
      const { status } = await ask(path, leastInit(id, endpoint))
      const [call] = calls
      if (!call) {
        assert.ok([400, 404, 405].includes(status), `${id} ${trick}: ${status}`)
        continue
      }
      assert.equal(call.id, id, `${id} ${trick} reached another handler`)
      const value = (call.input.params as Record<string, string>)[param] ?? ''
      assert.equal(value, decodedOnce(trick))
      assert.equal(unsafePartReason(value), null)
    }
  })
})
