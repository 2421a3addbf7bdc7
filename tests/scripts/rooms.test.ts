import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { roomProblem } from '../../scripts/check-imports/rooms.ts'

const problem = (from: string, to: string) =>
  roomProblem('domain', `sidecar/domain/${from}`, `sidecar/domain/${to}`)

describe('roomProblem()', () => {
  it('lets a folder import those before it, itself and loose files', () => {
    assert.equal(problem('packs/a.ts', 'views/b.ts'), undefined)
    assert.equal(problem('packs/a.ts', 'packs/b.ts'), undefined)
    assert.equal(problem('packs/a.ts', 'context.ts'), undefined)
  })

  it('refuses what would lead back', () => {
    assert.match(
      problem('views/a.ts', 'packs/b.ts') ?? '',
      /domain\/views may import only locations, models/u,
    )
    assert.match(problem('context.ts', 'views/b.ts') ?? '', /imports no folder/u)
  })

  it('refuses a folder that has no place in the order', () => {
    assert.match(problem('attic/a.ts', 'views/b.ts') ?? '', /no place in the order/u)
  })
})
