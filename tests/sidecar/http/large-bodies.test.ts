import assert from 'node:assert/strict'
import process from 'node:process'
import { describe, it } from 'node:test'
import type * as v from 'valibot'
import type { EndpointId } from '../../../schemas/endpoints.ts'
import { MAX_FILES } from '../../../schemas/values.ts'
import { LARGE_BYTES } from '../../../sidecar/app/bodies/large-bodies.ts'
import { jsonBody, LEAST_BODIES, problemCode, ROWS, testApp } from '../../_support/http-app.ts'
import { realApp, type Asker } from './real-app.ts'

/** A list in a request: which body holds it, and what it is made of. */
interface List {
  readonly name: string
  readonly most: number | null
}

interface Loose {
  readonly type: string
  readonly wrapped?: v.GenericSchema
  readonly entries?: Readonly<Record<string, v.GenericSchema>>
  readonly item?: v.GenericSchema
  readonly value?: v.GenericSchema
  readonly pipe?: readonly { readonly type: string; readonly requirement?: number }[]
}

const BOUNDS = new Set(['max_length', 'max_entries'])

function* listsIn(schema: v.GenericSchema, name: string): Generator<List> {
  const { type, wrapped, entries, item, value, pipe = [] } = schema as unknown as Loose
  if (wrapped) yield* listsIn(wrapped, name)
  if (type === 'array' || type === 'record') {
    // A list that is piped once more holds its own pipe as the first part.
    const parts = pipe.flatMap((part) => [part, ...((part as Loose).pipe ?? [])])
    const bound = parts.find((part) => BOUNDS.has(part.type))
    yield { name, most: (bound && 'requirement' in bound ? bound.requirement : null) ?? null }
  }
  for (const [key, entry] of Object.entries(entries ?? {})) yield* listsIn(entry, `${name}.${key}`)
  for (const part of [item, value]) if (part) yield* listsIn(part, `${name}[]`)
}

describe('every list in a request', () => {
  it('has a limit', () => {
    const lists = ROWS.flatMap(([id, { body, query }]) =>
      [query, body].flatMap((schema) => (schema ? [...listsIn(schema, id)] : [])),
    )
    const boundless = lists.filter(({ most }) => most === null || most > MAX_FILES)
    assert.deepEqual(boundless, [])
    assert.ok(lists.length > 10, 'there are lists to look at')
  })

  it('is refused above it with the number that it may have', async (t) => {
    const { ask, calls } = testApp(t)
    const cases: [EndpointId, string, unknown][] = [
      ['packs.create', 'dependencies', {}],
      ['packs.create', 'dependencies', { filename: 'a' }],
      ['packs.create', 'tags', 't'],
      ['packs.edit', 'remove', 'x'],
      ['imports.preview', 'paths', '/m'],
      ['inventory.verify', 'sha256', 5],
    ]
    for (const [id, key, item] of cases) {
      const { path, method } = ROWS.find(([one]) => one === id)?.[1] ?? assert.fail(id)
      const body = { ...LEAST_BODIES[id], [key]: Array(MAX_FILES + 1).fill(item) }
      const response = await ask(path.replace('{name}', 'P'), jsonBody(method, body))
      const { code, issues } = (await response.json()) as {
        code: string
        issues: { path: string }[]
      }
      assert.equal(code, 'input.invalid', id)
      assert.ok(issues.length <= 50)
      assert.equal(issues[0]?.path.split('.')[0], key)
    }
    assert.deepEqual(calls, [])
  })
})

describe('a dependency', () => {
  for (const body of [{}, { kind: 'lora' }, { id: 'x' }, { required: false, description: 'd' }]) {
    it(`that names no file is refused: ${JSON.stringify(body)}`, async (t) => {
      const { ask } = testApp(t)
      const request = { name: 'P', dependencies: [{ filename: 'a' }, body] }
      const response = await ask('/api/packs', jsonBody('POST', request))
      const problem = (await response.json()) as { code: string; issues: { path: string }[] }
      assert.equal(problem.code, 'input.invalid')
      assert.equal(problem.issues[0]?.path, 'dependencies.1')
    })
  }
})

const manyNames = (count: number, name: (index: number) => string) => ({
  name: 'Many',
  dry_run: true,
  dependencies: Array.from({ length: count }, (_, index) => ({ filename: name(index) })),
})

/** Processor time of this process, all its threads together: what else runs here has no part. */
async function work(action: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage()
  await action()
  const { user, system } = process.cpuUsage(before)
  return user + system
}

/** Sixteen times as much costs about sixteen times as much, at most 20; squares would be 256. */
async function assertLinear(ask: (count: number) => Promise<unknown>, few: number): Promise<void> {
  await ask(16 * few)
  const small = Math.min(await work(() => ask(few)), await work(() => ask(few)))
  const large = Math.min(await work(() => ask(16 * few)), await work(() => ask(16 * few)))
  assert.ok(
    large <= 20 * small,
    `${String(few)}: ${String(small)} µs; 16 times: ${String(large)} µs`,
  )
}

describe('the cost of a request grows with its body', () => {
  const bodies: Readonly<Record<string, (count: number) => [EndpointId, object]>> = {
    'dependencies of one name': (count) => ['packs.create', manyNames(count, () => 'same')],
    'dependencies of many names': (count) => [
      'packs.create',
      manyNames(count, (index) => `lora_${String(index)}.safetensors`),
    ],
    'dependencies of which the last has an id twice': (count) => {
      const { dependencies, ...rest } = manyNames(count, String)
      const ids = [{ filename: 'x', id: '1' }]
      return ['packs.create', { ...rest, dependencies: [...dependencies, ...ids, ...ids] }]
    },
    'dependencies that name no file': (count) => [
      'packs.create',
      { name: 'P', dependencies: Array(count).fill({}) },
    ],
    'paths that are numbers': (count) => ['imports.preview', { paths: Array(count).fill(1) }],
    'ids to take out that are not there': (count) => [
      'packs.edit',
      { dry_run: true, remove: Array.from({ length: count }, (_, index) => `x${String(index)}`) },
    ],
  }
  for (const [what, make] of Object.entries(bodies)) {
    it(`of ${what}`, async (t) => {
      const app = await realApp(t)
      await app.client.call('packs.create', { body: { name: 'P' } })
      await assertLinear(async (count) => {
        const [id, body] = make(count)
        await app.ask(id, { params: { name: 'P' }, body })
      }, 1200)
    })
  }
})

describe('a large body', () => {
  it('is answered as a small one is, dry or refused', async (t) => {
    const app = await realApp(t)
    const answer = async (asker: Asker, body: object) =>
      asker.ask('packs.create', { body: { dry_run: true, ...body } })
    const tags = ['a']
    const one = manyNames(3, (index) => `n${String(index)}`)
    const pad = { trigger_words: Array<string>(900).fill('x'.repeat(100)), tags }
    assert.ok(JSON.stringify({ ...one, ...pad }).length > LARGE_BYTES)
    const small = await answer(app, { ...one, tags })
    const large = await answer(app, { ...one, ...pad })
    assert.deepEqual([small.status, large.status], [200, 200])
    const files = (body: unknown) => (body as { files: unknown }).files
    assert.deepEqual(files(large.body), files(small.body))
    for (const wrong of [
      { ...one, name: 'CON' },
      { ...one, pack_dependencies: ['None'] },
      { ...one, surprise: 1 },
      { ...one, dependencies: [{ sha256: 'ab'.repeat(32) }] },
    ]) {
      const refused = await answer(app, wrong)
      const refusedLarge = await answer(app, { ...pad, ...wrong })
      assert.ok(refused.code)
      assert.equal(refusedLarge.code, refused.code)
    }
  })

  it('that is no dry run does what it says, and what would be refused is refused', async (t) => {
    const app = await realApp(t)
    const { dry_run: _dry, ...body } = manyNames(5000, (index) => `n${String(index)}`)
    assert.equal((await app.ask('packs.create', { body })).status, 200)
    const { files } = await app.client.call('packs.show', { params: { name: 'Many' } })
    assert.deepEqual(
      files.map(({ filename }) => filename),
      body.dependencies.map(({ filename }) => filename),
    )
    assert.equal((await app.ask('packs.create', { body })).code, 'pack.name_taken')
  })

  it('leaves this thread free while it is taken apart', async (t) => {
    const app = await realApp(t)
    let alone = 0
    const cpu = process.threadCpuUsage()
    const whole = await work(async () => {
      await app.ask('packs.create', { body: manyNames(20_000, String) })
      const { user, system } = process.threadCpuUsage(cpu)
      alone = user + system
    })
    // What the test itself does here, with the request and the answer, is more than the service's.
    assert.ok(alone < whole * 0.7, `${String(alone)} of ${String(whole)} µs in this thread`)
  })

  it('of hostile shapes is refused before anything is made of it', async (t) => {
    const { ask, calls } = testApp(t)
    const most = 8 * 1024 * 1024
    const filled = (head: string, part: string, tail: string) =>
      head + part.repeat(Math.floor((most - head.length - tail.length) / part.length)) + tail
    const shapes: readonly [string, string][] = [
      [filled('{"files":[', '[],', '[]]}'), 'input.too_large'],
      [filled('{"files":[', '{},', '{}]}'), 'input.too_large'],
      [filled('{"files":[', '1,', '1]}'), 'input.too_large'],
      [filled('{"files":[', '"",', '""]}'), 'input.too_large'],
      [filled('', '[', ''), 'input.malformed'],
      [filled('', '{"a":', ''), 'input.malformed'],
      [filled('', ' ', '{'), 'input.malformed'],
      [filled('{ "pack":["', '\\"', '"]}'), 'input.invalid'],
      [filled('{ "pack":"', '\\\\', '"}'), 'input.invalid'],
      [
        `{${Array.from({ length: 60_000 }, (_, n) => `"k${String(n)}":1`).join()}}`,
        'input.too_large',
      ],
    ]
    for (const [text, code] of shapes) {
      const before = process.memoryUsage.rss()
      const response = await ask('/api/packs/restore', jsonBody('POST', text))
      assert.equal(await problemCode(response), code, text.slice(0, 20))
      const grown = process.memoryUsage.rss() - before
      assert.ok(grown < 40 * most, `${text.slice(0, 20)} took ${String(grown)} bytes`)
    }
    assert.deepEqual(calls, [])
  })

  it('gets its turn, or has to retry later', async (t) => {
    const { ask } = testApp(t)
    const body = jsonBody('POST', { name: 'P', tags: Array(900).fill('x'.repeat(100)) })
    const asked = await Promise.all(Array.from({ length: 40 }, () => ask('/api/packs', body)))
    const codes = await Promise.all(
      asked.map(async (one) => (one.status === 200 ? 'done' : problemCode(one))),
    )
    assert.deepEqual(new Set(codes), new Set(['done', 'service.busy']))
    const turnedAway = asked.find(({ status }) => status === 503)
    assert.equal(turnedAway?.headers.get('retry-after'), '5')
    assert.equal((await ask('/api/packs', body)).status, 200)
  })
})

describe('what is asked without a token', () => {
  it('has a body of a few kilobytes at most', async (t) => {
    const { send, calls } = testApp(t)
    for (const [id, { access, method, path, limit }] of ROWS) {
      if (access !== 'open' || method === 'GET') continue
      assert.ok(limit.bytes <= 8192 && limit.values <= 64, id)
      const address = path.replace('{id}', '01890a5d-ac96-774b-bcce-b302099a8057')
      const headers = { origin: 'http://127.0.0.1:8377' }
      const many = `{${Array.from({ length: 100 }, (_, n) => `"k${String(n)}":1`).join()}}`
      for (const text of [`{"label":"${'x'.repeat(9000)}"}`, many]) {
        const response = await send(address, jsonBody(method, text, headers))
        assert.equal(await problemCode(response), 'input.too_large', id)
      }
    }
    assert.deepEqual(calls, [])
  })
})
