import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Uuid } from '../../../schemas/ids.ts'
import { lineText } from '../../../schemas/json.ts'
import { createCache } from '../../../sidecar/store/store-cache.ts'
import { StoreTx } from '../../../sidecar/store/store-tx.ts'
import { writeStep, type Step } from '../../../sidecar/store/steps.ts'
import { createTestStore, type TestStore } from '../../_support/test-store.ts'

const FACTS = { op: 'pack.edit', after: { pack: 'A' } } as const

const NOTE = 'state/packs/A/pack.json'

const write = ({ store: { paths } }: TestStore, text: string | null): Step => {
  const step = writeStep(paths, paths.at(NOTE), text)
  assert.ok(step)
  return step
}

const lastOf = ({ store }: TestStore) => store.reader.journal.operations().at(-1)

const textOf = ({ store: { paths } }: TestStore) =>
  fs.existsSync(paths.at(NOTE)) ? fs.readFileSync(paths.at(NOTE), 'utf8') : null

describe('perform', () => {
  it('makes all steps and says in the journal who did what', async (t) => {
    const setup = await createTestStore(t)
    const steps = [write(setup, '{"name":"A"}\n')]
    const changes = await setup.store.transact('me', async (tx) => {
      await tx.perform(FACTS, steps)
      return tx.changes
    })
    assert.equal(textOf(setup), '{"name":"A"}\n')
    assert.deepEqual([...changes.packs], ['A'])
    const done = lastOf(setup)
    assert.deepEqual(
      [done?.begin.op, done?.begin.actor, done?.begin.after],
      ['pack.edit', 'me', { pack: 'A' }],
    )
    assert.ok(done?.end)
  })

  it('undoes the steps made where a later one fails, and says so', async (t) => {
    const setup = await createTestStore(t)
    setup.put('data/tmp/here', 'in the way')
    const steps: Step[] = [
      write(setup, '{"name":"A"}\n'),
      { do: 'move', from: 'data/tmp/lost', to: 'data/tmp/anywhere' },
    ]
    await assert.rejects(
      setup.store.transact('me', (tx) => tx.perform(FACTS, steps)),
      { code: 'blob.not_found' },
    )
    assert.equal(textOf(setup), null)
    assert.ok(lastOf(setup)?.undone)
    assert.deepEqual(setup.store.reader.openHere(), [])
  })

  it('leaves what was changed meanwhile when it reverts its steps', async (t) => {
    const setup = await createTestStore(t)
    const steps: Step[] = [write(setup, '{"name":"A"}\n')]
    const failing = async () => {
      throw new Error('on purpose')
    }
    await assert.rejects(
      setup.store.transact('me', (tx) => tx.perform(FACTS, steps, failing)),
      /on purpose/u,
    )
    assert.equal(textOf(setup), null, 'not even the first step was made')
    const edited = async (tx: StoreTx) => {
      const id = await tx.begin(FACTS, steps)
      setup.put(NOTE, 'by hand')
      await tx.rollback(id, steps)
    }
    await setup.store.transact('me', edited)
    assert.equal(textOf(setup), 'by hand')
    assert.ok(lastOf(setup)?.undone)
  })

  it('writes nothing down once the lock was replaced', async (t) => {
    const setup = await createTestStore(t)
    const { paths } = setup.store
    const before = setup.store.reader.journal.operations().length
    const surroundings = { clock: { now: () => Date.now() }, actor: 'me', isLocked: () => false }
    const tx = new StoreTx(paths, createCache(paths), surroundings)
    await assert.rejects(tx.perform(FACTS, [write(setup, 'x')]), { code: 'store.locked' })
    assert.equal(textOf(setup), null)
    assert.equal(setup.store.reader.journal.operations().length, before)
  })
})

describe('an operation whose views must follow', () => {
  it('stays open until they have', async (t) => {
    const setup = await createTestStore(t)
    await setup.store.transact('me', async (tx) => {
      await tx.perform({ ...FACTS, syncViews: true }, [write(setup, '{"name":"A"}\n')])
      assert.equal(tx.viewsPending, true)
      assert.equal(tx.hasOpenOperation, true)
      await tx.completePendingViews()
      assert.deepEqual([tx.viewsPending, tx.hasOpenOperation], [false, false])
    })
    assert.ok(lastOf(setup)?.end)
  })
})

describe('an interrupted operation', () => {
  const interrupted = (setup: TestStore, steps: readonly Step[], op = 'pack.edit') => {
    const { journal } = setup.store.paths
    const id = '01890a5d-ac96-774b-bcce-b302099a8057' as Uuid
    const at = new Date().toISOString()
    const record = { id, op, phase: 'begin', at, actor: 'me', before: {}, after: {}, steps }
    const file = fs.readdirSync(journal).sort().at(-1) ?? ''
    fs.appendFileSync(join(journal, file), lineText(record))
    return id
  }

  it('is finished by the next holder of the lock', async (t) => {
    const setup = await createTestStore(t)
    interrupted(setup, [write(setup, '{"name":"A"}\n')])
    assert.equal(setup.store.reader.openHere().length, 1)
    await setup.store.recover('me')
    assert.equal(textOf(setup), '{"name":"A"}\n')
    assert.deepEqual(setup.store.reader.openHere(), [])
  })

  it('is rolled back if another program edited what it writes', async (t) => {
    const setup = await createTestStore(t)
    const other = { do: 'once', path: 'data/tmp/never', text: '' } as const
    const step = write(setup, '{"name":"A"}\n')
    setup.put(NOTE, 'by hand')
    interrupted(setup, [step, other])
    await setup.store.recover('me')
    assert.equal(textOf(setup), 'by hand')
    assert.equal(fs.existsSync(setup.store.paths.at('data/tmp/never')), false)
    assert.deepEqual(setup.store.reader.openHere(), [])
  })

  for (const op of ['constructor', 'toString', '__proto__', 'of.the.future']) {
    it(`named ${op} is finished like any that is nothing but steps`, async (t) => {
      const setup = await createTestStore(t)
      const id = interrupted(setup, [write(setup, '{"name":"A"}\n')], op)
      assert.equal(setup.store.reader.journal.openName(id), op)
      await setup.store.recover('me')
      assert.equal(textOf(setup), '{"name":"A"}\n')
      assert.deepEqual(setup.store.reader.openHere(), [])
    })
  }
})

describe('the clock of a transaction', () => {
  it('gives ids that follow what the journal knows, though it stands behind', async (t) => {
    const setup = await createTestStore(t)
    const { paths } = setup.store
    const at = '2099-01-02T00:00:00Z'
    setup.put('data/journal/2099-01.0001.jsonl', lineText({ at }))
    const past = { clock: { now: () => Date.parse('2001-01-01') }, actor: 'me' }
    const tx = new StoreTx(paths, createCache(paths), past)
    const milliseconds = Number.parseInt(tx.newId().replaceAll('-', '').slice(0, 12), 16)
    assert.ok(milliseconds >= Date.parse(at))
    assert.equal(tx.latestTime(), Date.parse(at))
    assert.equal(tx.timestamp().slice(0, 10), '2001-01-01')
  })
})
