/**
 * Every operation, killed before its calls that change the disk: before each of them with
 * `SYNAPSE_SAFETY=full`, else before some that are spread over it.
 */
import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import fs from 'node:fs'
import { dirname, join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { ENDPOINTS, type EndpointId } from '../../schemas/endpoints.ts'
import { canRun, skipLoudly } from '../_support/volumes.ts'
import { bundleChild } from './bundle-child.ts'
import { indexProblems } from './index-check.ts'
import { brokenInvariants, rememberBytes, type Before } from './invariants.ts'
import { NOT_COVERED, OPERATIONS, type Operation } from './operations.ts'
import { Seen } from './seen.ts'
import { Snapshots } from './snapshots.ts'
import { middlesOf, sizeOf } from './thorough.ts'
import { inThisProcess } from './watching.ts'
import { digestOf, fillOther, openQuick, tolerating } from './sandbox.ts'

const REPORTS = join(import.meta.dirname, '../../reports')
const KILLS = { few: 4, some: 16 }

/** The program that is killed; made before the first row. */
let child = ''

/** Snapshots of which one sandbox at a time is killed. */
interface Slot {
  readonly snapshots: Snapshots
  readonly twoVolumes: boolean
}

async function openSlot(name: string): Promise<Slot> {
  const snapshots = await Snapshots.open(`crash-${name}`, ['base', 'settings', 'python'])
  const { other } = snapshots.sandbox
  return { snapshots, twoVolumes: canRun('mount', '-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', other) }
}

function closeSlot({ snapshots, twoVolumes }: Slot): void {
  if (twoVolumes) execFileSync('umount', ['-l', snapshots.sandbox.other])
  snapshots[Symbol.dispose]()
}

/** Runs the operation in a child. @returns its number of calls, or null where it was killed */
function runChild(slot: Slot, row: Operation, killAt: number, note: string) {
  const { promise, resolve, reject } = Promise.withResolvers<number | null>()
  const args = [child, slot.snapshots.sandbox.folder, row.name, String(killAt), note]
  const running = spawn(process.execPath, args, {
    env: { ...process.env, NODE_COMPILE_CACHE: join(dirname(child), 'cache') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let errors = ''
  running.stdout.on('data', (chunk) => (out += String(chunk)))
  running.stderr.on('data', (chunk) => (errors += String(chunk)))
  running.once('error', reject)
  running.once('close', (code, signal) => {
    if (signal === 'SIGKILL') resolve(null)
    else if (code === 0) resolve(Number(out))
    else reject(new Error(`${row.name}, step ${String(killAt)}: exit ${String(code)}\n${errors}`))
  })
  return promise
}

/** Builds the sandbox of a row and keeps it. */
async function prepare(slot: Slot, row: Operation): Promise<string> {
  const { sandbox } = slot.snapshots
  setBack(slot, row.start ?? 'base')
  let note: string | undefined
  if (row.prepare !== undefined) {
    await using synapse = await openQuick(sandbox)
    note = await row.prepare(synapse.client, sandbox)
  }
  slot.snapshots.save('prepared')
  return note ?? ''
}

function setBack({ snapshots }: Slot, name: string): void {
  snapshots.restore(name)
  fillOther(snapshots.sandbox)
}

/** Reopens the store after a kill: the next holder of the lock finishes, a repetition completes. */
async function recover(slot: Slot, row: Operation, kept: Before, note: string): Promise<string[]> {
  const { sandbox } = slot.snapshots
  const allowed = {
    mayGo: (row.mayGo ?? []).map(digestOf),
    foreign: new Set(row.foreign),
    othersViews: row.start === 'python',
  }
  await using synapse = await openQuick(sandbox)
  const { client, services } = synapse
  const problems: string[] = []
  const look = async (when: string) => {
    for (const problem of brokenInvariants(sandbox, kept, allowed)) {
      problems.push(`${when}: ${problem}`)
    }
    for (const problem of await indexProblems(synapse)) problems.push(`${when}: ${problem}`)
  }
  if (services.store.reader.initialized) {
    await services.store.transact('test', () => Promise.resolve())
    if (row.startsBroken !== true) await look('reopened')
  }
  await tolerating(row.done ?? [], () => Promise.resolve(row.run(client, sandbox, note, synapse)))
  await look('repeated')
  try {
    row.settled(new Seen(sandbox))
  } catch (error) {
    problems.push(`repeated: not settled: ${error instanceof Error ? error.message : ''}`)
  }
  return problems
}

async function killEverywhere(slot: Slot, row: Operation): Promise<number> {
  const note = await prepare(slot, row)
  const { sandbox } = slot.snapshots
  const kept = rememberBytes(sandbox)
  const problems: string[] = []
  const steps = await runChild(slot, row, 0, note)
  assert.ok(steps !== null, `${row.name} was killed by something else`)
  row.settled(new Seen(sandbox))
  for (const step of middlesOf(steps, sizeOf(KILLS, row.heavy))) {
    setBack(slot, 'prepared')
    await runChild(slot, row, step, note)
    try {
      const found = await recover(slot, row, kept, note)
      problems.push(...found.map((problem) => `killed at ${String(step)}, ${problem}`))
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      problems.push(`killed at ${String(step)}: ${text}`)
    }
  }
  assert.deepEqual(problems, [])
  return steps
}

describe('crash matrix', { concurrency: 2 }, () => {
  const slots: Slot[] = []
  let programs = ''
  let here: Disposable
  before(async () => {
    here = inThisProcess()
    fs.mkdirSync(REPORTS, { recursive: true })
    programs = fs.mkdtempSync(join(REPORTS, 'crash-child-'))
    child = await bundleChild(programs)
    slots.push(await openSlot('a'), await openSlot('b'))
  })
  after(() => {
    for (const slot of slots) closeSlot(slot)
    here[Symbol.dispose]()
    fs.rmSync(programs, { recursive: true, force: true })
  })

  async function inSlot(t: TestContext, row: Operation): Promise<void> {
    const slot = slots.pop()
    assert.ok(slot, 'more tests at once than slots')
    try {
      if (row.twoVolumes && !slot.twoVolumes) skipLoudly(t, 'tmpfs cannot be mounted here')
      else t.diagnostic(`${row.name}: ${String(await killEverywhere(slot, row))} steps`)
    } finally {
      slots.push(slot)
    }
  }

  for (const row of OPERATIONS) {
    it(`${row.name}: whole after a kill at every step`, (t) => inSlot(t, row))
  }
})

describe('the table of operations', () => {
  it('has a row or a reason for every endpoint that changes something', () => {
    const changing = (Object.keys(ENDPOINTS) as EndpointId[]).filter(
      (id) => ENDPOINTS[id].method !== 'GET',
    )
    const covered = new Set(OPERATIONS.flatMap((row) => row.covers))
    const left = changing.filter((id) => !covered.has(id) && NOT_COVERED[id] === undefined)
    assert.deepEqual(left, [])
    const twice = changing.filter((id) => covered.has(id) && NOT_COVERED[id] !== undefined)
    assert.deepEqual(twice, [])
  })
})
