import assert from 'node:assert/strict'
import net from 'node:net'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as v from 'valibot'
import { isAppError } from '../../../schemas/errors.ts'
import { Problem } from '../../../schemas/jobs.ts'
import { serve, type Serving } from '../../../sidecar/http/serve.ts'
import { testApp, type TestApp } from '../../_support/http-app.ts'

async function served(t: TestContext): Promise<TestApp & { serving: Serving }> {
  const address = { host: '' }
  const tested = testApp(t, {}, { allowedHosts: () => [address.host] })
  const serving = await serve({ app: tested.app, port: 0 })
  address.host = `127.0.0.1:${String(serving.port)}`
  t.after(() => {
    tested.events[Symbol.dispose]()
    return serving.close()
  })
  return { ...tested, serving }
}

/** Sends bytes as they are; gives all that comes back. */
function raw(port: number, text: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>()
  const socket = net.connect(port, '127.0.0.1')
  let answer = ''
  socket.on('data', (chunk) => (answer += chunk.toString()))
  socket.on('error', () => undefined)
  socket.on('close', () => {
    resolve(answer)
  })
  socket.end(text)
  return promise
}

const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d+)/u.exec(answer)?.[1])

describe('serve', () => {
  it('answers on loopback, with the port that the system chose', async (t) => {
    const { serving } = await served(t)
    assert.match(serving.url, /^http:\/\/127\.0\.0\.1:\d+$/u)
    assert.equal((await fetch(`${serving.url}/api/health`)).status, 200)
  })

  it('has a loopback URL for this machine where it listens on every address', async (t) => {
    const { app } = testApp(t, {}, { allowedHosts: () => [] })
    for (const [host, url] of [
      ['0.0.0.0', /^http:\/\/127\.0\.0\.1:\d+$/u],
      ['::', /^http:\/\/\[::1\]:\d+$/u],
      ['::1', /^http:\/\/\[::1\]:\d+$/u],
    ] as const) {
      await using serving = await serve({ app, port: 0, host })
      assert.match(serving.url, url)
      assert.equal((await fetch(`${serving.url}/api/health`)).status, 403, 'it is reached')
    }
  })

  it('says which port is taken', async (t) => {
    const { serving, app } = await served(t)
    await assert.rejects(
      () => serve({ app, port: serving.port }),
      (error) =>
        isAppError(error, 'service.port_taken') && error.message.includes(String(serving.port)),
    )
  })

  it('refuses requests without a host, for another, and with another address in the line', async (t) => {
    const { serving, auth, calls } = await served(t)
    const { port } = serving
    const token = `Authorization: Bearer ${auth.ownerToken}\r\nConnection: close\r\n`
    const host = `Host: 127.0.0.1:${String(port)}\r\n`
    const status = async (line: string, head: string) =>
      statusOf(await raw(port, `${line}\r\n${head}${token}\r\n`))
    assert.equal(await status('GET /api/packs HTTP/1.1', host), 200)
    calls.length = 0
    assert.equal(await status('GET /api/packs HTTP/1.1', ''), 400)
    assert.equal(await status('GET /api/packs HTTP/1.0', ''), 400)
    assert.equal(await status('GET /api/packs HTTP/1.1', 'Host: evil.example\r\n'), 403)
    assert.equal(
      await status('GET /api/packs HTTP/1.1', `Host: a@127.0.0.1:${String(port)}\r\n`),
      400,
    )
    assert.equal(await status('GET /api/packs/../../etc HTTP/1.1', host), 404)
    assert.equal(await status('GET /api/packs\\..\\x HTTP/1.1', host), 400)
    assert.equal(calls.length, 0)
  })

  it('answers what the parser refuses with a problem, as everything else', async (t) => {
    const { serving, auth, calls, logged } = await served(t)
    const { port } = serving
    const host = `Host: 127.0.0.1:${String(port)}\r\n`
    const own = `${host}Authorization: Bearer ${auth.ownerToken}\r\nContent-Type: application/json\r\n`
    const post = `POST /api/packs HTTP/1.1\r\n${own}`
    for (const [what, text, code] of [
      ['no HTTP', 'hello\r\n\r\n', 'request.malformed'],
      ['another protocol', '\x16\x03\x01\x02\x00\r\n\r\n', 'request.malformed'],
      ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'request.malformed'],
      ['a header without a name', `GET / HTTP/1.1\r\n${host}: x\r\n\r\n`, 'request.malformed'],
      ['a NUL', `GET / HTTP/1.1\r\n${host}X: a\0b\r\n\r\n`, 'request.malformed'],
      [
        'two lengths',
        `${post}Content-Length: 1\r\nContent-Length: 2\r\n\r\n{}`,
        'request.malformed',
      ],
      [
        'length and chunks',
        `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
        'request.malformed',
      ],
      ['no host', 'GET /api/health HTTP/1.1\r\nConnection: close\r\n\r\n', 'request.malformed'],
      ['no host, HTTP/1.0', 'GET /api/health HTTP/1.0\r\n\r\n', 'request.malformed'],
      [
        'a long address',
        `GET /${'x'.repeat(20_000)} HTTP/1.1\r\n${host}\r\n`,
        'request.headers_too_large',
      ],
      [
        'a long header',
        `GET / HTTP/1.1\r\n${host}X: ${'x'.repeat(20_000)}\r\n\r\n`,
        'request.headers_too_large',
      ],
      ['no chunk', `${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, null],
      [
        'long chunk extensions',
        `${post}Transfer-Encoding: chunked\r\n\r\n1;${'x'.repeat(20_000)}\r\n{\r\n`,
        null,
      ],
      ['a body that breaks off', `${post}Content-Length: 50\r\n\r\n{"name":`, null],
    ] as const) {
      const answer = await raw(port, text)
      if (code === null && answer === '') continue
      const [head = '', body = ''] = answer.split('\r\n\r\n')
      assert.match(head, /^content-type: application\/problem\+json$/imu, `${what}: ${answer}`)
      const problem = JSON.parse(body) as Problem
      assert.ok(v.is(Problem, problem), what)
      assert.equal(problem.status, statusOf(answer), what)
      if (code !== null) assert.equal(problem.code, code, what)
    }
    await sleep(50)
    assert.deepEqual(calls, [])
    assert.deepEqual(
      logged.filter(({ level }) => level === 'error'),
      [],
      'a client that breaks off is no fault of ours',
    )
  })

  it('answers a client that expects more than to go on', async (t) => {
    const { serving } = await served(t)
    const host = `Host: 127.0.0.1:${String(serving.port)}\r\nConnection: close\r\n`
    const answer = await raw(
      serving.port,
      `GET /api/health HTTP/1.1\r\n${host}Expect: 200-ok\r\n\r\n`,
    )
    assert.equal(statusOf(answer), 200)
  })

  it('refuses headers without end', async (t) => {
    const { serving } = await served(t)
    const bomb = `X-Bomb: ${'x'.repeat(20_000)}\r\n`
    assert.equal(statusOf(await raw(serving.port, `GET / HTTP/1.1\r\n${bomb}\r\n`)), 431)
  })

  it('refuses a large body before it has come', async (t) => {
    const { serving, auth } = await served(t)
    const head =
      `POST /api/packs HTTP/1.1\r\nHost: 127.0.0.1:${String(serving.port)}\r\n` +
      `Authorization: Bearer ${auth.ownerToken}\r\nContent-Type: application/json\r\n` +
      'Content-Length: 900000000\r\nConnection: close\r\n\r\n{'
    assert.equal(statusOf(await raw(serving.port, head)), 413)
  })

  it('notices that a reader of events is gone, and stops while one reads', async (t) => {
    const { serving, auth, events } = await served(t)
    const headers = { authorization: `Bearer ${auth.ownerToken}` }
    const gone = new AbortController()
    await fetch(`${serving.url}/api/events`, { headers, signal: gone.signal })
    assert.equal(events.readers, 1)
    gone.abort()
    const readersLeft = async () => {
      for (let n = 0; n < 100 && events.readers > 0; n += 1) await sleep(10)
      return events.readers
    }
    assert.equal(await readersLeft(), 0)
    const stays = await fetch(`${serving.url}/api/events`, { headers })
    events[Symbol.dispose]()
    await serving.close()
    assert.equal(await stays.text(), ': hello\n\n')
  })
})
