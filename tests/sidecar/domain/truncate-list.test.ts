import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { firstOf } from '../../../sidecar/domain/truncate-list.ts'

describe('firstOf', () => {
  it('gives what sorting and cutting would', () => {
    const texts = fc.array(fc.string({ maxLength: 3 }), { maxLength: 200, size: 'max' })
    fc.assert(
      fc.property(texts, fc.integer({ min: 1, max: 20 }), (all, count) => {
        assert.deepEqual(firstOf(all, count), all.toSorted().slice(0, count))
      }),
    )
  })
})
