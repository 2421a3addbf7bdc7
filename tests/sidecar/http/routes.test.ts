import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { HTTPException } from 'hono/http-exception'
import { createClient } from '../../../schemas/client.ts'
import { AppError, isAppError, type ErrorCode, type Issue } from '../../../schemas/errors.ts'
import { AnswerMismatch } from '../../../sidecar/http/app.ts'
import {
  GOOD_PARAMS,
  HOST,
  leastInit,
  ORIGIN,
  pathOf,
  problemCode,
  ROWS,
  temporaryFolder,
  testApp,
} from '../../_support/http-app.ts'

describe('routes', () => {
  it('of the table reach the handler of their row, with the parameters', async (t) => {
    const { ask, calls } = testApp(t)
    for (const [id, endpoint] of ROWS) {
      calls.length = 0
      const response = await ask(pathOf(endpoint), leastInit(id, endpoint))
      assert.equal(response.status, endpoint.status, id)
      assert.equal(response.headers.get('cache-control'), 'no-store')
      assert.equal(calls[0]?.id, id)
      for (const [name, value] of Object.entries(calls[0].input.params as object)) {
        assert.equal(value, GOOD_PARAMS[name])
      }
    }
  })

  it('with words win over names, which are reached behind /-/', async (t) => {
    const { ask, calls } = testApp(t)
    await ask('/api/profiles/status')
    await ask('/api/profiles/-/status')
    await ask('/api/packs/-/-')
    assert.deepEqual(
      calls.map(({ id, input }) => [id, input.params]),
      [
        ['profiles.status', {}],
        ['profiles.show', { name: 'status' }],
        ['packs.show', { name: '-' }],
      ],
    )
    assert.equal((await ask('/api/packs/restore', { method: 'DELETE' })).status, 405)
  })

  it('take any name that is a safe part, by the client of the contract', async (t) => {
    const { calls, app, auth } = testApp(t)
    const client = createClient({
      baseUrl: ORIGIN,
      token: () => auth.ownerToken,
      fetch: (url, init) => app.request(url, init),
    })
    const names = [
      'My Pack',
      'a+b&c=d',
      '100%',
      '%2F',
      'Žluťoučký 馬 🐎',
      '?#',
      'use',
      '\'"<>',
      ' ',
    ]
    for (const name of names) await client.call('packs.show', { params: { name } })
    assert.deepEqual(
      calls.map(({ input }) => (input.params as { name: string }).name),
      names,
    )
  })

  it('answer HEAD as GET, without a body', async (t) => {
    const { ask } = testApp(t)
    const response = await ask('/api/packs', { method: 'HEAD' })
    assert.equal(response.status, 200)
    assert.equal(await response.text(), '')
    assert.equal((await ask('/api/events', { method: 'HEAD' })).status, 200)
  })

  it('say which methods they take', async (t) => {
    const { ask, calls } = testApp(t)
    for (const [path, allow] of [
      ['/api/packs', 'GET, HEAD, POST'],
      ['/api/packs/P', 'DELETE, GET, HEAD, PATCH'],
      ['/api/packs/-/P', 'DELETE, GET, HEAD, PATCH'],
      ['/api/packs/P/resolve', 'POST'],
      ['/api/events', 'GET, HEAD'],
      ['/docs', 'GET, HEAD'],
    ] as const) {
      for (const method of ['PUT', 'OPTIONS', 'PROPFIND']) {
        const response = await ask(path, { method })
        assert.equal(response.headers.get('allow'), allow, path)
        assert.equal(await problemCode(response), 'route.method_not_allowed')
      }
    }
    assert.equal(calls.length, 0)
  })

  it('never allow another origin anything', async (t) => {
    const { ask } = testApp(t)
    const response = await ask('/api/packs', {
      method: 'OPTIONS',
      headers: { origin: 'http://evil.example', 'access-control-request-method': 'POST' },
    })
    assert.equal(response.status, 403)
    assert.equal(response.headers.get('access-control-allow-origin'), null)
  })

  it('that do not exist are answered with a problem', async (t) => {
    const { ask } = testApp(t)
    for (const path of [
      '/api',
      '/api/',
      '/api/nothing',
      '/api/packs/',
      '/api//packs',
      '/API/packs',
      '/api/packs/a/b/c',
      '/api/trash/',
      '/page.mjs.map',
      '/../package.json',
      '/%2e%2e/package.json',
      '/docs/..%2fREADME',
    ]) {
      assert.equal(await problemCode(await ask(path)), 'route.not_found', path)
    }
    // Emptying the trash needs exactly its address: an id that vanished on the way does not do it.
    assert.equal((await ask('/api/trash/', { method: 'DELETE' })).status, 404)
    assert.equal((await ask('/api/trash/.', { method: 'DELETE' })).status, 404)
  })
})

describe('answers', () => {
  it('with 202 name the job that does the work', async (t) => {
    const { ask } = testApp(t, { 'store.doctor': () => ({ id: 'the-job' }) })
    const response = await ask('/api/store/doctor', { method: 'POST' })
    assert.equal(response.status, 202)
    const location = response.headers.get('location') ?? ''
    const asked = new URL('http://x/synapse/api/store/doctor')
    assert.equal(new URL(location, asked).pathname, '/synapse/api/jobs/the-job')
    assert.equal(new URL(location, 'http://x/api/store/doctor').pathname, '/api/jobs/the-job')
  })

  it('are compared with the table where that is asked for', async (t) => {
    const good = { status: 'ok', name: 'synapse', version: '1', last_event: 'boot-0' }
    const { ask } = testApp(t, { health: () => good }, { checkAnswers: true })
    assert.equal((await ask('/api/health')).status, 200)
    await assert.rejects(() => ask('/api/packs'), AnswerMismatch)
  })

  it('that are problems are compared with the codes that the table declares', async (t) => {
    const ask = (code: ErrorCode, issues: readonly unknown[] = []) => {
      const fail = () => {
        throw new AppError(code, 'x', { issues: issues as readonly Issue[] })
      }
      return testApp(t, { 'packs.show': fail }, { checkAnswers: true }).ask('/api/packs/P')
    }
    assert.equal(await problemCode(await ask('pack.not_found')), 'pack.not_found')
    await assert.rejects(() => ask('pack.name_taken'), AnswerMismatch)
    await assert.rejects(() => ask('pack.not_found', [{ path: 5 }]), AnswerMismatch)
  })

  it('that are not what the table promises are no silence of the service to the client', async (t) => {
    const { app, auth } = testApp(t, {}, { checkAnswers: true })
    const client = createClient({
      baseUrl: ORIGIN,
      token: () => auth.ownerToken,
      fetch: (url, init) => app.request(url, init),
    })
    await assert.rejects(() => client.call('packs.list'), AnswerMismatch)
  })

  it('set no cookie and let nothing frame or guess them', async (t) => {
    const { ask } = testApp(t)
    for (const path of ['/api/health', '/', '/docs', '/nothing']) {
      const { headers } = await ask(path)
      assert.equal(headers.get('set-cookie'), null)
      assert.equal(headers.get('x-content-type-options'), 'nosniff')
      assert.equal(headers.get('referrer-policy'), 'no-referrer')
      assert.match(
        headers.get('content-security-policy') ?? '',
        /default-src 'none'.*frame-ancestors 'none'/u,
      )
    }
  })
})

describe('failures', () => {
  const failing = (error: unknown) => ({
    'packs.list': () => {
      throw error as Error
    },
  })

  it('thrown on purpose are reported in full', async (t) => {
    const error = new AppError('pack.name_taken', 'P is there', {
      hint: 'Take another name.',
      issues: [{ path: 'name', message: 'taken' }],
      details: { name: 'P' },
    })
    const { ask } = testApp(t, failing(error))
    const response = await ask('/api/packs')
    assert.equal(response.status, 409)
    assert.deepEqual(await response.json(), {
      type: 'urn:synapse:error:pack.name_taken',
      title: 'A pack with this name already exists',
      status: 409,
      detail: 'P is there',
      code: 'pack.name_taken',
      hint: 'Take another name.',
      issues: [{ path: 'name', message: 'taken' }],
      details: { name: 'P' },
    })
  })

  it('that are faults of the program are logged and hidden', async (t) => {
    const { ask, logged } = testApp(t, failing(new TypeError('secret of the program')))
    const response = await ask('/api/packs')
    const text = await response.text()
    assert.equal(response.status, 500)
    assert.doesNotMatch(text, /secret/u)
    assert.equal(logged.at(-1)?.event, 'http.failed')
    assert.match(String(logged.at(-1)?.['error']), /secret of the program/u)
  })

  it('of a busy store say when to come again', async (t) => {
    const { ask } = testApp(t, failing(new AppError('store.locked', 'In use')))
    const response = await ask('/api/packs')
    assert.deepEqual([response.status, response.headers.get('retry-after')], [423, '1'])
  })

  it('of Hono become problems of ours', async (t) => {
    const { ask } = testApp(t, failing(new HTTPException(400, { message: 'Malformed' })))
    assert.equal(await problemCode(await ask('/api/packs')), 'input.malformed')
  })

  it('reach the client of the contract as the errors that they were', async (t) => {
    const error = new AppError('pack.not_found', 'No P', { hint: 'Look.' })
    const { app, auth } = testApp(t, failing(error))
    const client = createClient({
      baseUrl: `http://${HOST}`,
      token: () => auth.ownerToken,
      fetch: (url, init) => app.request(url, init),
    })
    await assert.rejects(
      () => client.call('packs.list'),
      (reported) => isAppError(reported, 'pack.not_found') && reported.hint === 'Look.',
    )
  })

  it('never put a token into the log', async (t) => {
    const { ask, logged, auth } = testApp(t, failing(new Error('x')))
    await ask('/api/packs')
    await ask('/api/packs', { headers: { origin: 'null' } })
    assert.equal(logged.length, 2)
    assert.doesNotMatch(JSON.stringify(logged), new RegExp(auth.ownerToken, 'u'))
  })
})

describe('pages', () => {
  it('are the files that were bundled, and no others', async (t) => {
    const folder = temporaryFolder(t)
    const names = ['index.html', 'page.mjs', 'part-A1.mjs', 'LICENSES.txt', 'secret.txt', 'x.mjs']
    for (const name of names) {
      writeFileSync(join(folder, name), `the ${name}`)
    }
    const { send } = testApp(t, {}, { page: folder })
    for (const [path, text, type] of [
      ['/', 'the index.html', 'text/html; charset=utf-8'],
      ['/page.mjs', 'the page.mjs', 'text/javascript; charset=utf-8'],
      ['/part-A1.mjs', 'the part-A1.mjs', 'text/javascript; charset=utf-8'],
      ['/LICENSES.txt', 'the LICENSES.txt', 'text/plain; charset=utf-8'],
    ] as const) {
      const response = await send(path)
      assert.deepEqual([await response.text(), response.headers.get('content-type')], [text, type])
      const etag = response.headers.get('etag') ?? ''
      const again = await send(path, { headers: { 'if-none-match': etag } })
      assert.deepEqual([again.status, await again.text()], [304, ''])
    }
    for (const path of ['/secret.txt', '/x.mjs']) assert.equal((await send(path)).status, 404)
  })

  it('say so where nothing was bundled', async (t) => {
    const { send } = testApp(t, {}, { page: join(temporaryFolder(t), 'absent') })
    assert.match(await (await send('/')).text(), /npm start/u)
  })

  it('show the endpoints and the documents, links between them kept', async (t) => {
    const folder = join(temporaryFolder(t), 'docs')
    mkdirSync(folder)
    const text =
      '# One <page>\n\n## Some *part* of it\n\n[two](two.md#x) [code](../sidecar/a.ts) ' +
      '[bad](javascript:alert(1)) `<b>`\n\n| a | b |\n| - | - |\n| 1 | 2 |\n'
    writeFileSync(join(folder, 'one.md'), text)
    writeFileSync(join(folder, 'two.md'), '# Two\n')
    const { send } = testApp(t, {}, { docs: folder })
    const front = await (await send('/docs')).text()
    for (const [, { path }] of ROWS) assert.ok(front.includes(path), path)
    assert.match(front, /href="\/docs\/one">One &lt;page&gt;</u)
    const page = await (await send('/docs/one')).text()
    assert.match(page, /<h2 id="some-part-of-it">Some <em>part<\/em> of it<\/h2>/u)
    assert.match(page, /<a href="\/docs\/two#x">two<\/a> code bad <code>&lt;b&gt;<\/code>/u)
    assert.match(page, /<td>2<\/td>/u)
    assert.equal((await send('/docs/three')).status, 404)
  })
})
