import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  kindOf,
  OPERATION_KINDS,
  RECOVERY,
} from '../../../../sidecar/domain/journal/operations/operations.ts'

const operation = (op: string) => ({
  begin: { id: '0', op, phase: 'begin', at: '', actor: '', before: {}, after: {} },
  end: null,
  undone: null,
})

describe('the kinds of operations', () => {
  it('are found by their own names, and no other', () => {
    for (const kind of OPERATION_KINDS) assert.equal(kindOf(kind.op), kind)
    for (const op of ['blob.teleport', 'constructor', '']) assert.equal(kindOf(op), undefined)
  })

  it('each have a sentence, also for a record without facts', () => {
    for (const kind of OPERATION_KINDS) {
      const sentence = kind.summary({}, {}, operation(kind.op) as never)
      assert.match(sentence, /^[A-Z]\w+ /u, kind.op)
    }
  })

  it('have the lock holder finish those that are more than their steps', () => {
    const finished = OPERATION_KINDS.filter(({ finish }) => finish !== undefined)
    assert.deepEqual(Object.keys(RECOVERY.finish).sort(), finished.map(({ op }) => op).sort())
  })

  it('rank no two alike', () => {
    const ranks = OPERATION_KINDS.flatMap(({ rank }) => rank ?? [])
    assert.equal(new Set(ranks).size, ranks.length)
  })
})

it('a name that former versions wrote is understood', () => {
  assert.equal(kindOf('pack.fill')?.op, 'pack.add_files')
})
