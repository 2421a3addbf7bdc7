import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { hostname, tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { AppError, ERRORS, isAppError } from '../../../schemas/errors.ts'
import { connect, findService } from '../../../sidecar/cli/connect.ts'
import type { ServiceOptions } from '../../../sidecar/http/run-service.ts'
import { press, run } from './fake-host.ts'

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'synapse-cli-')))
const root = path.join(folder, 'root')
const home = path.join(folder, 'home')
const seen: (string | undefined)[] = []
let server: Server
let url = ''

before(async () => {
  mkdirSync(root)
  mkdirSync(path.join(home, 'run'), { recursive: true })
  server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ status: 'ok', name: 'synapse', version: '0.1.0' }))
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`
})

after(() => {
  server.close()
  rmSync(folder, { recursive: true, force: true })
})

function writeService(changes: Record<string, unknown> = {}): void {
  const document = { url, pid: process.pid, root, token: 'owner-token', ...changes }
  writeFileSync(path.join(home, 'run', 'service.json'), JSON.stringify(document))
}

const only = { acceptNetworkLock: false, serviceOnly: true }

test('the running service of the same real path is used, with its token', async () => {
  writeService()
  const link = path.join(folder, 'link')
  symlinkSync(root, link)
  seen.length = 0
  await using stack = new AsyncDisposableStack()
  const connection = await connect({ root: link, home, ...only })
  stack.defer(() => connection.close())
  assert.equal(connection.mode, 'service')
  await connection.client.call('health')
  assert.deepEqual(seen, [undefined, 'Bearer owner-token'])
})

test('without a root, the store of any running service is used', async () => {
  const other = path.join(folder, 'another')
  mkdirSync(other)
  writeService({ root: other })
  const service = await findService({ root, home, rootByDefault: true })
  assert.equal(service?.root, other)
})

test('a service of another root, a dead one and a torn file are passed over', async () => {
  const other = path.join(folder, 'other')
  mkdirSync(other)
  writeService({ root: other })
  assert.equal(await findService({ root, home }), null)
  writeService({ url: 'http://127.0.0.1:1' })
  assert.equal(await findService({ root, home }), null)
  writeFileSync(path.join(home, 'run', 'service.json'), '{"url":')
  assert.equal(await findService({ root, home }), null)
  const refused = connect({ root, home, ...only })
  await assert.rejects(refused, (error) => isAppError(error, 'service.not_running'))
})

test('token prints the token of the running service, and nothing without one', async () => {
  const variables = { SYNAPSE_HOME: home, SYNAPSE_ROOT: root }
  writeService()
  assert.equal((await run(['token'], { variables })).out, 'owner-token\n')
  writeService({ url: 'http://127.0.0.1:1' })
  const { code, out } = await run(['token'], { variables })
  assert.deepEqual([code, out], [ERRORS['service.not_running'].exit, ''])
})

function fakeService() {
  const started: ServiceOptions[] = []
  const { promise: done, resolve } = Promise.withResolvers<undefined>()
  const stop = async () => {
    resolve(undefined)
  }
  return {
    started,
    runService: async (options: ServiceOptions) => {
      started.push(options)
      setImmediate(press)
      return { url: 'http://127.0.0.1:8377', loginUrl: 'http://x/#login=secret', close: stop, done }
    },
  }
}

test('serve prints the address, and the login link on a terminal only', async () => {
  const terminal = await run(['serve'], { tty: true, host: fakeService() })
  assert.equal(terminal.code, 0, terminal.err)
  assert.match(terminal.out, /http:\/\/127\.0\.0\.1:8377\n.*#login=secret/u)
  const piped = await run(['serve'], { host: fakeService() })
  assert.match(piped.out, /http:\/\/127\.0\.0\.1:8377/u)
  assert.ok(!(piped.out + piped.err).includes('secret'))
  const json = await run(['serve', '--json'], { tty: true, host: fakeService() })
  assert.deepEqual(JSON.parse(json.out), {
    url: 'http://127.0.0.1:8377',
    root: '/nowhere/home/store',
  })
})

test('serve asks at a terminal before a new store takes the place of one that is away', async () => {
  const started: (boolean | undefined)[] = []
  const serveOn = async (reply: string | null, more: { tty: boolean }) => {
    const { runService } = fakeService()
    started.length = 0
    const host = {
      runService: async (options: ServiceOptions) => {
        started.push(options.newStore)
        if (options.newStore !== true) throw new AppError('store.absent', 'It is not there')
        return runService(options)
      },
    }
    const { code, questions } = await run(['serve', '--yes'], { host, reply, ...more })
    return { code, asked: questions.length }
  }
  const { exit } = ERRORS['store.absent']
  assert.deepEqual(await serveOn(null, { tty: false }), { code: exit, asked: 0 })
  assert.deepEqual(await serveOn('', { tty: true }), { code: exit, asked: 1 })
  assert.deepEqual(started, [undefined])
  assert.deepEqual(await serveOn('y', { tty: true }), { code: 0, asked: 1 })
  assert.deepEqual(started, [undefined, true])
})

test('serve takes its port from the option, the variable, or 8377', async () => {
  const portOf = async (argv: string[], variables: Record<string, string> = {}) => {
    const service = fakeService()
    const { code } = await run(['serve', ...argv], { host: service, variables })
    return service.started[0]?.port ?? code
  }
  assert.equal(await portOf([]), 8377)
  assert.equal(await portOf([], { SYNAPSE_PORT: '9001' }), 9001)
  assert.equal(await portOf(['--port', '9002'], { SYNAPSE_PORT: '9001' }), 9002)
  assert.equal(await portOf(['--port', '70000']), ERRORS['input.invalid'].exit)
  assert.equal(await portOf([], { SYNAPSE_PORT: 'x' }), ERRORS['input.invalid'].exit)
})

test('serve on another address needs --allow-remote, and warns', async () => {
  const refused = fakeService()
  const without = await run(['serve', '--host', '0.0.0.0'], { host: refused })
  assert.deepEqual([without.code, refused.started.length], [2, 0])
  const allowed = fakeService()
  const argv = ['serve', '--host', '0.0.0.0', '--allow-remote', '--accept-network-lock']
  const { code, err } = await run(argv, { host: allowed })
  assert.equal(code, 0)
  assert.match(err, /Warning: everyone who reaches 0\.0\.0\.0/u)
  assert.equal(allowed.started[0]?.acceptNetworkLock, true)
})

test('serve on every address says where other machines find it', async () => {
  const argv = ['serve', '--host', '0.0.0.0', '--allow-remote']
  const { out } = await run(argv, { host: fakeService() })
  assert.ok(out.includes(`http://${hostname().toLowerCase()}:8377`), out)
  assert.ok(!/From other machines: .*127\.0\.0\.1/u.test(out))
  const loopback = await run(['serve'], { host: fakeService() })
  assert.ok(!loopback.out.includes('From other machines'))
})

test('a service that cannot start exits with its error', async () => {
  const runService = () => Promise.reject(new AppError('service.port_taken', 'Taken'))
  assert.equal((await run(['serve'], { host: { runService } })).code, 3)
})

const stream =
  (...chunks: string[]) =>
  async () =>
    new Response(
      new ReadableStream<Uint8Array>({
        start(controller) {
          for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk))
          controller.close()
        },
      }),
    )

const EVENTS = stream(
  ': hello\n\nid: b-1\ndata: {"type":"pack.chan',
  'ged","pack":"Portr\u00e4t"}\r\n\r\n',
  'data: {"type":"of.tomorrow"}\n\ndata: {"type":"blob.added","sha256":"3f2a9c0d11ee00"}\n\n',
)

test('watch prints each event in a line, and that the service has stopped', async () => {
  const { code, out, err } = await run(['watch'], { raw: EVENTS })
  assert.match(
    out,
    /^\S+ \S+ {2}pack Porträt has changed\n\S+ \S+ {2}model 3f2a9c0d11ee is here\n$/u,
  )
  assert.equal(code, ERRORS['service.not_running'].exit)
  assert.match(err, /has stopped/u)
})

test('watch --json prints the events as JSON lines', async () => {
  const { out } = await run(['watch', '--json'], { raw: EVENTS })
  assert.deepEqual(
    out
      .trimEnd()
      .split('\n')
      .map((line) => (JSON.parse(line) as { type: string }).type),
    ['pack.changed', 'blob.added'],
  )
})

test('Ctrl-C ends watch with 130', async () => {
  const raw = (_path: string, init: RequestInit = {}) =>
    new Promise<Response>((_resolve, reject) => {
      init.signal?.addEventListener('abort', () => {
        reject(new Error('aborted'))
      })
      setImmediate(press)
    })
  assert.equal((await run(['watch'], { raw })).code, 130)
})
