/**
 * What was lost, and how people were attacked, in the field: each row names what happened there,
 * and what is done here, and does it.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { brokenInvariants, rememberBytes } from '../invariants.ts'
import { Seen } from '../seen.ts'
import { Snapshots } from '../snapshots.ts'
import { closeQuick, openQuick } from '../sandbox.ts'
import { CODE } from './code.ts'
import { DELETIONS } from './deletions.ts'
import { DOCUMENTS } from './documents.ts'
import { IMPORTS } from './imports.ts'
import { NAMES_AND_LINKS } from './names-and-links.ts'
import { PYTHON } from './python.ts'
import { REQUESTS } from './requests.ts'
import type { Regression } from './fixture.ts'
import { VIEWS } from './views.ts'

const REGRESSIONS: Readonly<Record<string, readonly Regression[]>> = {
  'what was lost': [...VIEWS, ...DOCUMENTS, ...IMPORTS, ...DELETIONS],
  'faults of the Python program': PYTHON,
  attacks: [...REQUESTS, ...NAMES_AND_LINKS, ...CODE],
}

describe('regressions', () => {
  let snapshots: Snapshots
  before(async () => {
    snapshots = await Snapshots.open('regressions')
  })
  after(() => {
    snapshots[Symbol.dispose]()
  })

  async function play(t: TestContext, run: Regression[1]): Promise<void> {
    snapshots.restore('base')
    const { sandbox } = snapshots
    const kept = rememberBytes(sandbox)
    const synapse = await openQuick(sandbox)
    const at = (path: string) => join(sandbox.root, path)
    try {
      await run({ t, sandbox, seen: new Seen(sandbox), synapse, client: synapse.client, at })
    } finally {
      await closeQuick(synapse)
    }
    const lost = brokenInvariants(sandbox, kept).filter((problem) => /^[458]:/u.test(problem))
    assert.deepEqual(
      lost.filter((problem) => !problem.includes('strange name')),
      [],
    )
  }

  for (const [title, regressions] of Object.entries(REGRESSIONS)) {
    describe(title, () => {
      for (const [regression, run] of regressions) it(regression, (t) => play(t, run))
    })
  }
})
