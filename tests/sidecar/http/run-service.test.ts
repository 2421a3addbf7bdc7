import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import fs from 'node:fs'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type Client } from '../../../schemas/client.ts'
import { ERRORS } from '../../../schemas/errors.ts'
import { homeAt, readService } from '../../../sidecar/app/home/home.ts'
import { temporaryFolder } from '../../_support/test-synapse.ts'

const MAIN = join(import.meta.dirname, '../../../sidecar/cli/main.ts')
const PATIENCE_MS = 60_000

interface Place {
  readonly root: string
  readonly home: string
  readonly services: Service[]
}

/** A folder that is gone after the test, once no service writes there any more. */
function newPlace(t: TestContext): Place {
  const services: Service[] = []
  t.after(async () => {
    for (const service of services) service.kill('SIGKILL')
    await Promise.all(services.map((service) => service.ended))
  })
  const folder = temporaryFolder(t)
  return { root: join(folder, 'store'), home: join(folder, 'home'), services }
}

/** A service in a process of its own. */
class Service {
  readonly #child: ChildProcess
  readonly place: Place
  readonly ended: Promise<{ code: number | null; signal: string | null }>
  out = ''
  errors = ''

  constructor(place: Place, ...argv: string[]) {
    this.place = place
    const { SYNAPSE_ROOT: _root, SYNAPSE_PORT: _port, ...env } = process.env
    this.#child = spawn(
      process.execPath,
      [MAIN, 'serve', '--root', place.root, ...(argv.length === 0 ? ['--port', '0'] : argv)],
      { env: { ...env, SYNAPSE_HOME: place.home }, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    this.#child.stdout?.on('data', (chunk) => (this.out += String(chunk)))
    this.#child.stderr?.on('data', (chunk) => (this.errors += String(chunk)))
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }))
    place.services.push(this)
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  /** The address that it printed. @throws where it ends before that, or says nothing */
  async url(): Promise<string> {
    const end = performance.now() + PATIENCE_MS
    for (;;) {
      const url = /http:\/\/127\.0\.0\.1:\d+/u.exec(this.out)?.[0]
      if (url !== undefined) return url
      const over = this.#child.exitCode !== null || performance.now() > end
      if (over) assert.fail(`The service did not start: ${this.out}${this.errors}`)
      await sleep(20)
    }
  }

  /** Asks with the owner's token, as the command does. */
  async client(): Promise<Client> {
    const baseUrl = await this.url()
    return createClient({ baseUrl, token: () => this.announced()?.token ?? null })
  }

  announced() {
    return readService(homeAt(this.place.home))
  }
}

describe('the service', () => {
  test('makes its store, answers, and says where to those who may know', async (t) => {
    const place = newPlace(t)
    const service = new Service(place)
    const client = await service.client()
    assert.equal((await client.call('health')).status, 'ok')
    const status = await client.call('store.status')
    assert.deepEqual([status.initialized, status.root], [true, place.root])
    assert.equal(service.announced()?.url, await service.url())
    assert.equal(fs.statSync(homeAt(place.home).serviceFile).mode & 0o777, 0o600)
    const view = JSON.parse(fs.readFileSync(homeAt(place.home).comfyuiFile, 'utf8')) as object
    assert.deepEqual(view, { view: join(place.root, 'data/views/comfyui/active') })
    const token = service.announced()?.token ?? assert.fail('no token')
    assert.ok(!(service.out + service.errors).includes(token))
  })

  test('removes what processes that are gone left half-written', async (t) => {
    const place = newPlace(t)
    const first = new Service(place)
    await first.url()
    first.kill('SIGTERM')
    await first.ended
    const part = join(place.root, 'data/blobs/sha256/ab', `${'ab'.repeat(32)}.part`)
    fs.mkdirSync(dirname(part), { recursive: true })
    fs.writeFileSync(part, 'half')
    fs.utimesSync(part, new Date(0), new Date(0))
    await new Service(place).url()
    while (fs.existsSync(part)) await sleep(20)
  })

  test('ends in good order: nothing says any more that it runs, readers hear the end', async (t) => {
    const place = newPlace(t)
    const service = new Service(place)
    const client = await service.client()
    const events = await client.raw('/api/events')
    const heard = events.text()
    service.kill('SIGTERM')
    assert.deepEqual(await service.ended, { code: 0, signal: null })
    assert.match(await heard, /^: hello/u)
    assert.equal(service.announced(), null)
    const next = new Service(place)
    assert.equal((await (await next.client()).call('health')).status, 'ok')
  })

  test('runs once per store: a second one names the first and leaves it alone', async (t) => {
    const place = newPlace(t)
    const first = new Service(place)
    const url = await first.url()
    const second = new Service(place)
    assert.equal((await second.ended).code, ERRORS['service.already_running'].exit)
    assert.match(second.errors, /already runs/u)
    assert.ok(second.errors.includes(url), second.errors)
    assert.equal(first.announced()?.url, url)
    assert.equal((await (await first.client()).call('store.status')).initialized, true)
  })

  test('makes no new store in the empty mount point of one that was here', async (t) => {
    const place = newPlace(t)
    const first = new Service(place)
    await first.url()
    first.kill('SIGTERM')
    await first.ended
    fs.renameSync(place.root, `${place.root} away`)
    fs.mkdirSync(place.root)
    const second = new Service(place)
    assert.equal((await second.ended).code, ERRORS['store.absent'].exit)
    assert.deepEqual(fs.readdirSync(place.root), [])
  })

  test('says that its port is taken, and holds nothing afterwards', async (t) => {
    const place = newPlace(t)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const port = String((server.address() as AddressInfo).port)
    const refused = new Service(place, '--port', port)
    assert.equal((await refused.ended).code, ERRORS['service.port_taken'].exit)
    assert.ok(refused.errors.includes(port), refused.errors)
    assert.equal(refused.announced(), null)
    server.close()
    await once(server, 'close')
    const service = new Service(place, '--port', port)
    assert.equal(await service.url(), `http://127.0.0.1:${port}`)
  })

  test('starts again after it was killed, and takes the place of what was left behind', async (t) => {
    const place = newPlace(t)
    const killed = new Service(place)
    await (await killed.client()).call('packs.create', { body: { name: 'A' } })
    killed.kill('SIGKILL')
    assert.equal((await killed.ended).signal, 'SIGKILL')
    const left = killed.announced()
    assert.ok(left, 'a killed process cannot clean up')
    const service = new Service(place)
    const client = await service.client()
    assert.notEqual(service.announced()?.pid, left.pid)
    assert.equal((await client.call('packs.list')).items[0]?.name, 'A')
    service.kill('SIGINT')
    assert.equal((await service.ended).code, 0)
    assert.equal(service.announced(), null)
  })
})
