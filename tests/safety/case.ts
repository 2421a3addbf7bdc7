/** An operation: prepared, checked after it was cut off, and repeated. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import { brokenInvariants, rememberBytes, type Before } from './invariants.ts'
import type { Operation } from './operations/operation.ts'
import { Seen } from './seen.ts'
import type { Snapshots } from './snapshots.ts'
import { closeQuick, digestOf, openQuick, tolerating, type Sandbox } from './sandbox.ts'

/** A prepared operation, and what it may not lose. */
export interface Case {
  readonly sandbox: Sandbox
  readonly row: Operation
  readonly note: string
  readonly kept: Before
  readonly excused: ReadonlySet<string>
}

/** Sets the sandbox up for an operation and saves it as `prepared`. */
export async function prepareCase(snapshots: Snapshots, row: Operation): Promise<Case> {
  const { sandbox } = snapshots
  snapshots.restore(row.start ?? 'base')
  let note: string | undefined
  if (row.prepare !== undefined) {
    const synapse = await openQuick(sandbox)
    note = await row.prepare(synapse.client, sandbox)
    await closeQuick(synapse)
  }
  snapshots.save('prepared')
  const kept = rememberBytes(sandbox)
  return { sandbox, row, note: note ?? '', kept, excused: brokenBefore(sandbox, kept) }
}

function brokenBy({ sandbox, row, kept }: Case): string[] {
  return brokenInvariants(sandbox, kept, {
    mayGo: (row.mayGo ?? []).map(digestOf),
    foreign: new Set(row.foreign),
  })
}

/** Returns what is wrong once the next holder of the lock has finished what was open. */
export async function problemsAfter(synapse: Synapse, one: Case): Promise<string[]> {
  const { row, excused } = one
  const { store } = synapse.services
  if (!store.reader.initialized) return []
  await store.transact('test', () => Promise.resolve())
  if (row.start === 'python') return []
  return brokenBy(one).filter((problem) => !excused.has(placeOf(problem)))
}

/** Which invariant, and where. */
const placeOf = (problem: string) => problem.split(' ', 2).join(' ')

/** What was broken by others before an operation, and need not be whole until it is done. */
function brokenBefore(sandbox: Sandbox, kept: Before): ReadonlySet<string> {
  return new Set(brokenInvariants(sandbox, kept).map(placeOf))
}

/** A link in a view of the Python program that was never shown since: it is taken over when it is. */
function isOfOthers({ root }: Sandbox, problem: string): boolean {
  const [, ui, profile] = /^2: (.+?)\/(.+?)\/.* is not in the ledger$/u.exec(problem) ?? []
  if (ui === undefined || profile === undefined) return false
  return !fs.existsSync(join(root, 'data/ledger/links', ui, `${profile}.jsonl`))
}

/** Repeats an operation that did not come to its end. @returns what is wrong after it */
export async function problemsOfRepeating(synapse: Synapse, one: Case): Promise<string[]> {
  const { sandbox, row, note } = one
  await tolerating(row.done ?? [], () =>
    Promise.resolve(row.run(synapse.client, sandbox, note, synapse)),
  )
  const problems = brokenBy(one).filter((problem) => !isOfOthers(sandbox, problem))
  try {
    row.settled(new Seen(sandbox))
  } catch (error) {
    problems.push(`not settled: ${error instanceof Error ? error.message : ''}`)
  }
  return problems
}
