import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import type { AppEvent } from '../../../schemas/jobs.ts'
import { problemCode, testApp, type TestApp } from '../../_support/http-app.ts'

interface Frame {
  readonly id: string
  readonly event: string
  readonly data: AppEvent
}

/** Reads frames of a stream of events; comments are counted. */
class FrameReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>
  #text = ''
  comments = 0

  constructor(response: Response) {
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-type') ?? '', /^text\/event-stream/u)
    assert.ok(response.body)
    this.#reader = response.body.getReader()
  }

  /** The next frame; null at the end of the stream. */
  async next(): Promise<Frame | null> {
    for (;;) {
      const end = this.#text.indexOf('\n\n')
      if (end >= 0) {
        const block = this.#text.slice(0, end)
        this.#text = this.#text.slice(end + 2)
        if (!block.startsWith(':')) return frameOf(block)
        this.comments += 1
        continue
      }
      const { done, value } = await this.#reader.read()
      if (done) return null
      this.#text += Buffer.from(value).toString()
    }
  }

  leave(): Promise<void> {
    return this.#reader.cancel()
  }
}

function frameOf(block: string): Frame {
  const lines = block.split('\n').map((line) => line.split(/: (.*)/su).slice(0, 2))
  const { id = '', event = '', data = 'null' } = Object.fromEntries(lines) as Record<string, string>
  return { id, event, data: JSON.parse(data) as AppEvent }
}

async function listen(tested: TestApp, lastEventId?: string): Promise<FrameReader> {
  const headers: Record<string, string> =
    lastEventId === undefined ? {} : { 'last-event-id': lastEventId }
  return new FrameReader(await tested.ask('/api/events', { headers }))
}

const changed = (pack: string): AppEvent => ({ type: 'pack.changed', pack })

describe('GET /api/events', () => {
  it('needs a token', async (t) => {
    const { send } = testApp(t)
    assert.equal(await problemCode(await send('/api/events')), 'auth.required')
  })

  it('sends numbered events', async (t) => {
    const tested = testApp(t)
    const reader = await listen(tested)
    tested.events.publish(changed('A'))
    tested.events.publish({ type: 'config.changed' })
    assert.deepEqual(await reader.next(), {
      id: 'boot-1',
      event: 'pack.changed',
      data: changed('A'),
    })
    assert.deepEqual(await reader.next(), {
      id: 'boot-2',
      event: 'config.changed',
      data: { type: 'config.changed' },
    })
    await reader.leave()
  })

  it('sends missed events to readers that reconnect', async (t) => {
    const tested = testApp(t)
    const first = await listen(tested)
    tested.events.publish(changed('A'))
    const seen = await first.next()
    await first.leave()
    assert.equal(tested.events.readers, 0)
    tested.events.publish(changed('B'))
    const second = await listen(tested, seen?.id)
    tested.events.publish(changed('C'))
    assert.deepEqual((await second.next())?.data, changed('B'))
    assert.deepEqual((await second.next())?.data, changed('C'))
    await second.leave()
  })

  for (const id of ['other-1', 'boot-99', 'boot-', 'nonsense', 'boot-1e3', '']) {
    it(`asks those who saw "${id}" last to fetch all anew`, async (t) => {
      const tested = testApp(t)
      tested.events.publish(changed('A'))
      const reader = await listen(tested, id)
      tested.events.publish(changed('B'))
      assert.deepEqual(await reader.next(), {
        id: 'boot-1',
        event: 'resync',
        data: { type: 'resync' },
      })
      assert.deepEqual((await reader.next())?.data, changed('B'))
      await reader.leave()
    })
  }

  it('breaks its silence now and then', async (t) => {
    const tested = testApp(t, {}, { heartbeatMs: 5 })
    const reader = await listen(tested)
    const frame = reader.next()
    await sleep(60)
    tested.events.publish(changed('A'))
    await frame
    assert.ok(reader.comments >= 2, String(reader.comments))
    await reader.leave()
  })

  it('ends when the session of the reader is revoked', async (t) => {
    const tested = testApp(t)
    const code = tested.auth.newLoginCode()
    const { token } = await tested.auth.login(code, {
      label: '',
      userAgent: '',
      via: 'direct',
      origin: null,
    })
    const headers = { authorization: `Bearer ${token}` }
    const reader = new FrameReader(await tested.ask('/api/events', { headers }))
    const [session] = tested.auth.sessions()
    assert.ok(session)
    await tested.auth.revoke(session.id)
    tested.events.publish(changed('secret'))
    assert.equal(await reader.next(), null)
    assert.equal(tested.events.readers, 0)
  })

  it('ends when the service stops', async (t) => {
    const tested = testApp(t)
    const reader = await listen(tested)
    tested.events[Symbol.dispose]()
    assert.equal(await reader.next(), null)
  })

  it('breaks off where the reader is too slow', async (t) => {
    const tested = testApp(t)
    const reader = await listen(tested)
    for (let n = 0; n < 1100; n += 1) tested.events.publish(changed(String(n)))
    assert.equal(tested.events.readers, 0)
    await assert.rejects(async () => {
      while ((await reader.next()) !== null);
    }, /too slow/u)
  })
})
