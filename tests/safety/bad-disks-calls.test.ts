/**
 * I/O errors at single calls that change the disk: each is reported, nothing is lost, and a
 * repetition completes the operation.
 */
import assert from 'node:assert/strict'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import type { DiskCall } from '../../sidecar/platform/disk-calls.ts'
import { ONE_VOLUME, opened, systemError, reportedCodes } from './bad-disks.ts'
import { prepareCase, problemsAfter, problemsOfRepeating, type Case } from './case.ts'
import type { Operation } from './operations.ts'
import { Snapshots } from './snapshots.ts'
import { sizeOf, someOf } from './thorough.ts'
import { watching } from './watching.ts'

/** More calls than any operation makes. */
const BEYOND = 100_000
/** So many calls of each operation fail. */
const FAILURES = { few: 8, some: 32 }

/** Fails the n-th call that changes the disk, once. */
async function failingAt<T>(at: number, errno: string, run: () => Promise<T>) {
  let calls = 0
  let failed: DiskCall | undefined
  const observer = (call: DiskCall) => {
    calls += 1
    if (calls !== at) return
    failed = call
    throw systemError(errno)
  }
  const result = await watching(observer, run)
  return { result, calls, failed }
}

async function failOpen(one: Case, synapse: Synapse, at: number) {
  const { result, calls, failed } = await failingAt(at, 'EIO', () => reportedCodes(one, synapse))
  if (failed === undefined) return { calls, problems: [] }
  const unclear = result.filter((code) => code !== 'disk.failed')
  const problems = [
    ...unclear.map((code) => `answers ${code}`),
    ...(await problemsAfter(synapse, one)),
    ...(await problemsOfRepeating(synapse, one)),
  ]
  const call = `${failed.op} ${failed.path.split('/').slice(-3).join('/')}`
  return { calls, problems: problems.map((problem) => `${String(at)}, ${call}: ${problem}`) }
}

describe('a call that fails', () => {
  let snapshots: Snapshots
  before(async () => {
    snapshots = await Snapshots.open('errors', ['base', 'settings', 'python'])
  })
  after(() => {
    snapshots[Symbol.dispose]()
  })

  async function failOnce(one: Case, at: number): Promise<{ calls: number; problems: string[] }> {
    snapshots.restore('prepared')
    try {
      return await opened(one, (synapse) => failOpen(one, synapse, at))
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return { calls: at, problems: [`${String(at)}: ${text}`] }
    }
  }

  async function failEverywhere(t: TestContext, row: Operation): Promise<void> {
    const one = await prepareCase(snapshots, row)
    const problems: string[] = []
    const { calls } = await failOnce(one, BEYOND)
    for (const at of someOf(calls, sizeOf(FAILURES, row.heavy)))
      problems.push(...(await failOnce(one, at)).problems)
    t.diagnostic(`${String(calls)} calls`)
    const shown = problems.slice(0, Number(process.env['SHOW'] ?? 6)).join('\n')
    assert.equal(problems.length, 0, `${String(problems.length)} problems:\n${shown}`)
  }

  for (const row of ONE_VOLUME) {
    it(`${row.name}: an I/O error at any call is reported and loses nothing`, (t) =>
      failEverywhere(t, row))
  }
})
