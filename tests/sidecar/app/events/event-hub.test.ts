import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AppEvent, Job } from '../../../../schemas/jobs.ts'
import { EventHub, type Subscription } from '../../../../sidecar/app/events/event-hub.ts'

const changed = (pack: string): AppEvent => ({ type: 'pack.changed', pack })
const progress = (id: string, done: number): AppEvent => ({
  type: 'job.updated',
  job: { id, done } as Job,
})

async function read(subscription: Subscription): Promise<string[]> {
  const reported: string[] = []
  for await (const { id, event } of subscription) {
    const what =
      event.type === 'pack.changed'
        ? event.pack
        : event.type === 'job.updated'
          ? `${event.job.id}:${String(event.job.done)}`
          : event.type
    reported.push(`${id} ${what}`)
  }
  return reported
}

/** What a reader who saw `last` hears, until now. */
function heard(hub: EventHub, last: string | null): Promise<string[]> {
  const subscription = hub.subscribe(last)
  subscription.close()
  return read(subscription)
}

describe('EventHub', () => {
  it('sends every reader what is published after it subscribed', async () => {
    const hub = new EventHub({ boot: 'b' })
    hub.publish(changed('before'))
    const [one, two] = [hub.subscribe(null), hub.subscribe(null)]
    hub.publish(changed('after'))
    hub[Symbol.dispose]()
    assert.deepEqual(await read(one), ['b-2 after'])
    assert.deepEqual(await read(two), ['b-2 after'])
  })

  it('begins with what was missed, without losing what comes meanwhile', async () => {
    const hub = new EventHub({ boot: 'b' })
    for (const pack of ['1', '2', '3']) hub.publish(changed(pack))
    const reader = hub.subscribe('b-1')
    hub.publish(changed('4'))
    hub[Symbol.dispose]()
    assert.deepEqual(await read(reader), ['b-2 2', 'b-3 3', 'b-4 4'])
    assert.deepEqual(await heard(hub, 'b-4'), [])
  })

  it('says resync after another boot, and where the ring has lost something', async () => {
    const hub = new EventHub({ boot: 'b', kept: 2 })
    assert.deepEqual(await heard(hub, 'a-7'), ['b-0 resync'])
    for (const pack of ['1', '2', '3', '4']) hub.publish(changed(pack))
    assert.deepEqual(await heard(hub, 'b-1'), ['b-4 resync'])
    assert.deepEqual(await heard(hub, 'b-2'), ['b-3 3', 'b-4 4'])
    assert.deepEqual(await heard(hub, 'b-5'), ['b-4 resync'])
  })

  it('keeps only the latest of each job, which loses nothing', async () => {
    const hub = new EventHub({ boot: 'b', kept: 3 })
    hub.publish(changed('A'))
    for (let done = 0; done < 5000; done += 1) hub.publish(progress('j', done))
    hub.publish(progress('k', 1))
    assert.deepEqual(await heard(hub, 'b-0'), ['b-1 A', 'b-5001 j:4999', 'b-5002 k:1'])
  })

  it('drops a reader that lets too much wait, and serves the others on', async () => {
    const hub = new EventHub({ boot: 'b', waiting: 3 })
    const [slow, quick] = [hub.subscribe(null), hub.subscribe(null)]
    const reported: string[] = []
    for (const pack of ['1', '2', '3', '4', '5']) {
      hub.publish(changed(pack))
      const next = await quick.next()
      if (next.done !== true) reported.push(next.value.id)
    }
    assert.deepEqual(reported, ['b-1', 'b-2', 'b-3', 'b-4', 'b-5'])
    assert.deepEqual([slow.overflowed, quick.overflowed, hub.readers], [true, false, 1])
    assert.deepEqual(await read(slow), [])
  })

  it('lets progress of one job wait once, however fast it comes', async () => {
    const hub = new EventHub({ boot: 'b', waiting: 3 })
    const reader = hub.subscribe(null)
    hub.publish(changed('A'))
    for (let done = 0; done < 100; done += 1) hub.publish(progress('j', done))
    hub[Symbol.dispose]()
    assert.deepEqual(await read(reader), ['b-1 A', 'b-101 j:99'])
  })

  it('forgets readers that leave', async () => {
    const hub = new EventHub()
    const reader = hub.subscribe(null)
    hub.publish(changed('A'))
    for await (const _event of reader) break
    assert.equal(hub.readers, 0)
    assert.equal((await reader.next()).done, true)
  })

  it('wakes a reader that waits', async () => {
    const hub = new EventHub({ boot: 'b' })
    const next = hub.subscribe(null).next()
    hub.publish(changed('A'))
    assert.deepEqual(await next, { done: false, value: { id: 'b-1', event: changed('A') } })
  })
})
