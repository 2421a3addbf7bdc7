/**
 * Some random histories. More of them: `npm run histories -- --runs 10000`; another
 * beginning: `SYNAPSE_SEED=7`.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { checkHistories, describeFailure } from './check-histories.ts'

const RUNS = 120
const SEED = Number(process.env['SYNAPSE_SEED'] ?? 20_261_121)

describe('random histories', () => {
  it('lose nothing and end whole', async (t) => {
    t.diagnostic(`${String(RUNS)} histories, seed ${String(SEED)}`)
    const failed = await checkHistories({ runs: RUNS, seed: SEED })
    assert.equal(failed === null ? '' : describeFailure(failed), '')
  })
})
