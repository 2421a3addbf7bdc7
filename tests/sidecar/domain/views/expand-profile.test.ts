import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { Pack } from '../../../../schemas/pack.ts'
import { expandProfile } from '../../../../sidecar/domain/views/expand-packs.ts'

/** Expands a profile; `needs`: pack → packs that it depends on. */
function expand(
  name: string,
  packs: readonly string[],
  needs: Readonly<Record<string, readonly string[]>> = {},
) {
  const find = (pack: string) =>
    pack === 'Gone'
      ? null
      : v.parse(Pack, {
          name: pack,
          pack_dependencies: (needs[pack] ?? []).map((pack_name) => ({ pack_name })),
        })
  return expandProfile({ name, packs: packs.map((pack) => ({ name: pack })) }, find)
}

describe('the order of a profile', () => {
  it('is that of its packs, each after those that it depends on', () => {
    const { order, inUse } = expand('mine', ['B', 'A', 'C'], { B: ['C'], C: ['D'] })
    assert.deepEqual(order, ['D', 'C', 'B', 'A'])
    assert.deepEqual(inUse, [])
  })

  it('ends with the pack in use, though others depend on it', () => {
    const { order, inUse } = expand('work__Used', ['A', 'Used'], { A: ['Used'] })
    assert.deepEqual([order, inUse], [['A', 'Used'], ['Used']])
  })

  it('has what the pack in use depends on right before it', () => {
    const needs = { Used: ['Need', 'Other'], Other: ['Need'], A: ['Other'] }
    const { order, inUse } = expand('work__Used', ['Need', 'A', 'Used', 'B'], needs)
    assert.deepEqual(order, ['A', 'B', 'Need', 'Other', 'Used'])
    assert.deepEqual(inUse, ['Need', 'Other', 'Used'])
  })

  it('is its own expansion', () => {
    const needs = { Used: ['Need'], A: ['Used', 'B'] }
    const { order } = expand('work__Used', ['A', 'Used'], needs)
    assert.deepEqual(expand('work__Used', order, needs).order, order)
  })

  it('is of the pack in use alone where that is all', () => {
    assert.deepEqual(expand('only__Used', ['Used'], { Used: ['Need'] }).order, ['Need', 'Used'])
  })

  it('names what is missing of both', () => {
    const needs = { Used: ['Gone'], A: ['Gone'] }
    const { order, missing } = expand('work__Used', ['A', 'Used'], needs)
    assert.deepEqual(order, ['A', 'Used'])
    assert.deepEqual(
      missing.map((one) => one.needed_by),
      ['A', 'Used'],
    )
  })

  it('is that of any other profile where the pack in use was taken out by hand', () => {
    assert.deepEqual(expand('work__Used', ['B', 'A']).inUse, [])
  })
})
