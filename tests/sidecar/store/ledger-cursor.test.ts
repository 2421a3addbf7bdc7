import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { LedgerCursor } from '../../../sidecar/store/ledger-cursor.ts'
import { freshFolder } from '../../_support/volumes.ts'

function twoLedgers(t: TestContext) {
  const folder = freshFolder(t)
  const [older, newer] = [join(folder, 'older'), join(folder, 'newer')]
  const cursor = new LedgerCursor([older, newer])
  /** Reads all that is new; gives the names of the files and where each was read from. */
  const read = () => {
    const { restarted, parts } = cursor.next()
    for (const part of parts) cursor.advance(part, part.size)
    return {
      restarted,
      from: parts.map(({ path, offset }) => [path.slice(folder.length + 1), offset]),
    }
  }
  return { older, newer, cursor, read }
}

describe('LedgerCursor', () => {
  it('reads each ledger once, in order, and then what was added to the last', (t) => {
    const { older, newer, read } = twoLedgers(t)
    assert.deepEqual(read(), { restarted: false, from: [] })
    fs.writeFileSync(older, 'a\n')
    fs.writeFileSync(newer, 'b\n')
    assert.deepEqual(read(), {
      restarted: false,
      from: [
        ['older', 0],
        ['newer', 0],
      ],
    })
    assert.deepEqual(read(), { restarted: false, from: [] })
    fs.appendFileSync(newer, 'c\n')
    assert.deepEqual(read(), { restarted: false, from: [['newer', 2]] })
  })

  it('begins anew where an older ledger grows behind a newer one, or comes late', (t) => {
    const { older, newer, read } = twoLedgers(t)
    fs.writeFileSync(newer, 'b\n')
    read()
    fs.writeFileSync(older, 'a\n')
    assert.deepEqual(read(), {
      restarted: true,
      from: [
        ['older', 0],
        ['newer', 0],
      ],
    })
    fs.appendFileSync(older, 'a\n')
    assert.equal(read().restarted, true)
  })

  it('begins anew where a ledger is another file, shorter or gone', (t) => {
    for (const change of ['replaced', 'cut', 'removed'] as const) {
      const { newer, read } = twoLedgers(t)
      fs.writeFileSync(newer, 'one\ntwo\n')
      read()
      if (change === 'cut') fs.truncateSync(newer, 4)
      else fs.renameSync(newer, `${newer}.old`)
      if (change === 'replaced') fs.writeFileSync(newer, 'one\ntwo\nthree\n')
      assert.equal(read().restarted, true, change)
    }
  })

  it('reads an unfinished line of an older ledger again, and nothing else', (t) => {
    const { older, newer, cursor } = twoLedgers(t)
    fs.writeFileSync(older, 'a\ntorn')
    fs.writeFileSync(newer, 'b\n')
    for (const part of cursor.next().parts) cursor.advance(part, 2)
    const { restarted, parts } = cursor.next()
    assert.deepEqual(
      [restarted, parts.map(({ path, offset }) => [path, offset])],
      [false, [[older, 2]]],
    )
  })
})
