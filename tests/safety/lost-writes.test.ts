/**
 * Every operation, cut off by a power cut: what was not flushed is lost, torn or there, in every
 * combination that matters. `SYNAPSE_SAFETY=full` tries all states instead of some of each row.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import { prepareCase, problemsAfter, problemsOfRepeating, type Case } from './case.ts'
import { cutStates, randomFrom, record, type CutState } from './lost-writes.ts'
import { OPERATIONS, type Operation } from './operations.ts'
import { Snapshots } from './snapshots.ts'
import { sizeOf } from './thorough.ts'
import { inThisProcess } from './watching.ts'
import { closeQuick, openQuick } from './sandbox.ts'

const STATES = { few: 12, some: 48 }
const SEED = Number(process.env['SYNAPSE_SEED'] ?? 20_261_121)
const SHOWN = 3

describe('a power cut', () => {
  let snapshots: Snapshots
  let here: Disposable
  before(async () => {
    here = inThisProcess()
    snapshots = await Snapshots.open('cuts', ['base', 'settings', 'python'])
  })
  after(() => {
    snapshots[Symbol.dispose]()
    here[Symbol.dispose]()
  })

  async function look(one: Case, { disk }: CutState): Promise<string[]> {
    disk.write([one.sandbox.folder, one.sandbox.other])
    const synapse = await openQuick(one.sandbox)
    try {
      const reopened = await problemsAfter(synapse, one)
      if (reopened.length > 0) return reopened
      return await problemsOfRepeating(synapse, one)
    } catch (error) {
      return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
    } finally {
      await closeQuick(synapse)
    }
  }

  async function cutEverywhere(t: TestContext, row: Operation): Promise<void> {
    const one = await prepareCase(snapshots, row)
    const { sandbox } = one
    const recording = await record(sandbox, async () => {
      const synapse = await openQuick(sandbox)
      await row.run(synapse.client, sandbox, one.note, synapse)
      await closeQuick(synapse)
    })
    const states = cutStates(recording, randomFrom(SEED), sizeOf(STATES, row.heavy))
    const problems: string[] = []
    for (const state of states) {
      const found = await look(one, state)
      if (found.length > 0) problems.push(`${state.how}\n${found.slice(0, 4).join('\n')}`)
    }
    t.diagnostic(
      `${String(recording.calls.length)} calls, ${String(states.length)} states, seed ${String(SEED)}`,
    )
    const all = `${String(problems.length)} of ${String(states.length)} states`
    assert.equal(problems.length, 0, `${all}:\n${problems.slice(0, SHOWN).join('\n\n')}`)
  }

  for (const row of OPERATIONS.filter((one) => one.twoVolumes !== true)) {
    it(`${row.name}: old or new, never torn, nothing lost`, (t) => cutEverywhere(t, row))
  }
})
