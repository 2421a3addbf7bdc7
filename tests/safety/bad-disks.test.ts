/**
 * Disks that are full, read-only, broken, in two parts, or without links: every operation comes to
 * its end or says clearly why not, nothing is lost either way, and a repetition completes it.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import { AppError } from '../../schemas/errors.ts'
import type { Log } from '../../sidecar/app/log.ts'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import type { DiskCall } from '../../sidecar/platform/disk-calls.ts'
import { canRun, fat, ntfs, skipLoudly, tmpfs } from '../_support/volumes.ts'
import { prepareCase, problemsAfter, problemsOfRepeating, type Case } from './case.ts'
import { expectedView } from './histories/expected-view.ts'
import { rememberBytes } from './invariants.ts'
import { OPERATIONS, type Operation } from './operations.ts'
import { digestAt, isTemporary, walk } from './seen.ts'
import { copyFolder, Stage } from './stage.ts'
import { someOf } from './thorough.ts'
import { observing, watching } from './watching.ts'
import {
  closeQuick,
  digestOf,
  makeWorld,
  modelOf,
  openQuick,
  UIS,
  work,
  type World,
} from './world.ts'

/** More calls than any operation makes. */
const BEYOND = 100_000
/** So many calls of each operation fail, unless all are to. */
const FAILURES = 16
const ONE_VOLUME = OPERATIONS.filter((row) => row.twoVolumes !== true)

function systemError(errno: string): Error {
  return Object.assign(new Error(`${errno}: made for the test`), { code: errno })
}

/** The codes with which a result tells of parts that failed. */
function codesIn(result: unknown): string[] {
  const { files, errors } = (result ?? {}) as Record<string, unknown>
  const rows = [files, errors].filter((rows) => Array.isArray(rows)).flat() as { code?: string }[]
  return rows.flatMap(({ code }) => code ?? [])
}

/** What a store that is open on a bad disk logged of errors that nobody foresaw. */
let traces: string[] = []

const log: Log = ({ error }) => {
  if (error instanceof Error) traces.push(error.stack ?? error.message)
}

/**
 * Runs an operation on a bad disk.
 * @returns the codes that it tells, `internal` with its trace; none where all went well
 */
async function told(one: Case, synapse: Synapse): Promise<string[]> {
  traces = []
  const codes = await codesOf(one, synapse)
  return codes.map((code) => (code === 'internal' ? [code, ...traces].join('\n') : code))
}

async function codesOf(one: Case, synapse: Synapse): Promise<string[]> {
  try {
    return codesIn(await one.row.run(synapse.client, one.world, one.note, synapse))
  } catch (error) {
    if (error instanceof AppError) return [error.code]
    throw error
  }
}

// ---- Errors of single calls

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

describe('a call that fails', () => {
  let stage: Stage
  before(async () => {
    stage = await Stage.open('errors', ['base', 'settings', 'python'])
  })
  after(() => {
    stage[Symbol.dispose]()
  })

  async function failOnce(one: Case, at: number): Promise<{ calls: number; problems: string[] }> {
    stage.setBack('prepared')
    const synapse = await openQuick(one.world, { log })
    try {
      const { result, calls, failed } = await failingAt(at, 'EIO', () => told(one, synapse))
      if (failed === undefined) return { calls, problems: [] }
      const unclear = result.filter((code) => code !== 'disk.failed')
      const problems = [
        ...unclear.map((code) => `answers ${code}`),
        ...(await problemsAfter(synapse, one)),
        ...(await problemsOfRepeating(synapse, one)),
      ]
      const at_ = `${failed.op} ${failed.path.split('/').slice(-3).join('/')}`
      return { calls, problems: problems.map((problem) => `${String(at)}, ${at_}: ${problem}`) }
    } catch (error) {
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return { calls: at, problems: [`${String(at)}: ${text}`] }
    } finally {
      await closeQuick(synapse)
    }
  }

  async function failEverywhere(t: TestContext, row: Operation): Promise<void> {
    const one = await prepareCase(stage, row)
    const problems: string[] = []
    const { calls } = await failOnce(one, BEYOND)
    for (const at of someOf(calls, FAILURES)) problems.push(...(await failOnce(one, at)).problems)
    t.diagnostic(`${String(calls)} calls`)
    const shown = problems.slice(0, Number(process.env['SHOW'] ?? 6)).join('\n')
    assert.equal(problems.length, 0, `${String(problems.length)} problems:\n${shown}`)
  }

  for (const row of ONE_VOLUME) {
    it(`${row.name}: an I/O error at any call is told and loses nothing`, (t) =>
      failEverywhere(t, row))
  }
})

// ---- Whole volumes

const STARTS = ['base', 'settings', 'python'] as const

/** Prepares every operation on a stage, and looks how each fares. */
async function eachOperation(
  t: TestContext,
  stage: Stage,
  fare: (one: Case) => Promise<string[]>,
): Promise<void> {
  for (const row of ONE_VOLUME) {
    await t.test(row.name, async () => {
      assert.deepEqual(await fare(await prepareCase(stage, row)), [])
    })
  }
}

/** Does `work` with a fresh opening of the world. */
async function opened<T>({ world }: Case, work: (synapse: Synapse) => Promise<T>): Promise<T> {
  const synapse = await openQuick(world, { log })
  try {
    return await work(synapse)
  } finally {
    await closeQuick(synapse)
  }
}

/** Once the disk is good again, all is whole and the operation comes to its end. */
async function recovered(one: Case): Promise<string[]> {
  return opened(one, async (synapse) => [
    ...(await problemsAfter(synapse, one)),
    ...(await problemsOfRepeating(synapse, one)),
  ])
}

const PAGE = 4096

/** Fills a volume but for some pages. @returns gives the room back */
function fillUp(volume: string, freePages: number): () => void {
  const ballast = join(volume, 'ballast')
  const fd = fs.openSync(ballast, 'w')
  let size = 0
  try {
    for (;;) size += fs.writeSync(fd, Buffer.alloc(16 * PAGE))
  } catch {
    // Full: as it should be.
  }
  fs.ftruncateSync(fd, Math.max(0, size - freePages * PAGE))
  fs.closeSync(fd)
  return () => {
    fs.unlinkSync(ballast)
  }
}

const READINGS = ['packs.list', 'profiles.status', 'journal.list', 'trash.list'] as const
/** These need the index, which may be absent or behind, and cannot be made here. */
const BY_INDEX = ['store.status', 'inventory.list', 'inventory.summary'] as const

/** What a store on a read-only disk should tell, and does not. */
async function whatCannotBeRead({ client }: Synapse): Promise<string[]> {
  const problems: string[] = []
  for (const id of [...READINGS, ...BY_INDEX]) {
    try {
      await client.call(id)
    } catch (error) {
      const code = error instanceof AppError ? error.code : String(error)
      const clear = code === 'disk.read_only' && BY_INDEX.some((one) => one === id)
      if (!clear) problems.push(`${id} answers ${code}`)
    }
  }
  return problems
}

describe('a disk', () => {
  it('that is full refuses with disk.full and loses nothing', async (t) => {
    const volume = tmpfs(t, '24m')
    if (volume === null) return
    using stage = await Stage.open('full', STARTS, volume)
    await eachOperation(t, stage, async (one) => {
      const problems: string[] = []
      for (const free of [0, 1, 3, 8, 20]) {
        stage.setBack('prepared')
        const giveBack = fillUp(volume, free)
        const codes = await opened(one, (synapse) => told(one, synapse))
        giveBack()
        const unclear = codes
          .filter((code) => code !== 'disk.full')
          .map((code) => `answers ${code}`)
        const found = [...unclear, ...(await recovered(one))]
        problems.push(...found.map((problem) => `${String(free)} pages free: ${problem}`))
      }
      return problems
    })
  })

  it('that is read-only refuses with disk.read_only, and is still read', async (t) => {
    const volume = tmpfs(t, '24m')
    if (volume === null) return
    using stage = await Stage.open('read-only', STARTS, volume)
    const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, volume])
    await eachOperation(t, stage, async (one) => {
      remount('ro')
      const problems: string[] = []
      try {
        const refused = await opened(one, (synapse) => told(one, synapse))
        const unclear = refused.filter((code) => code !== 'disk.read_only')
        problems.push(...unclear.map((code) => `answers ${code}`))
        problems.push(...(await opened(one, (synapse) => whatCannotBeRead(synapse))))
      } finally {
        remount('rw')
      }
      return [...problems, ...(await recovered(one))]
    })
  })

  for (const part of ['blobs', 'views', 'trash', 'tmp', 'journal', 'ledger']) {
    it(`whose data/${part} lies on another volume serves all operations`, async (t) => {
      using stage = await Stage.open('parts', STARTS)
      const folder = join(stage.world.root, 'data', part)
      if (!canRun('mount', '-t', 'tmpfs', 'tmpfs', stage.world.other)) {
        skipLoudly(t, 'tmpfs cannot be mounted here')
        return
      }
      execFileSync('umount', [stage.world.other])
      await eachOperation(t, stage, async (one) => {
        const copy = join(stage.world.other, 'copy')
        const isThere = fs.existsSync(folder)
        if (isThere) copyFolder(folder, copy)
        else fs.mkdirSync(folder, { recursive: true })
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder])
        try {
          if (isThere) execFileSync('cp', ['-a', `${copy}/.`, folder])
          fs.rmSync(copy, { recursive: true, force: true })
          const codes = await opened(one, (synapse) => told(one, synapse))
          return [...codes.map((code) => `answers ${code}`), ...(await recovered(one))]
        } finally {
          execFileSync('umount', ['-l', folder])
        }
      })
    })
  }
})

// ---- Volumes without links

/** What an interface sees, be it by links of any form, or by a folder that is changed itself. */
function seenAt({ root }: World, ui: string): Record<string, string> {
  const active = join(root, 'data/views', ui, 'active')
  const folder = fs.existsSync(active) ? fs.realpathSync(active) : active
  const files = walk(folder).filter(({ kind, path }) => kind !== 'folder' && !isTemporary(path))
  return Object.fromEntries(files.map(({ path, absolute }) => [path, digestAt(absolute)]))
}

/** The main job from import to undo; after each step both interfaces see what they should. */
async function mainJob(world: World, canLink: boolean): Promise<void> {
  const kept = rememberBytes(world)
  const synapse = await openQuick(world)
  const { client } = synapse
  const look = (step: string) => {
    for (const ui of UIS) {
      const expected = canLink ? expectedView(world, ui) : {}
      assert.deepEqual(seenAt(world, ui), expected, `${ui} after ${step}`)
    }
    const here = rememberBytes(world)
    const everywhere = new Set([...here.held, ...here.own.values()])
    const lost = [...kept.held, ...kept.own.values()].filter((one) => !everywhere.has(one))
    assert.deepEqual(lost.map(modelOf), [], step)
  }
  const glow = digestOf('glow')
  const steps: Record<string, () => Promise<unknown>> = {
    sync: () => client.call('profiles.sync', { body: {} }),
    import: () =>
      work(client, 'imports.start', { paths: [join(world.outside, 'new')], pack: 'New' }),
    use: () => client.call('profiles.use', { body: { pack: 'Ink' } }),
    edit: () => client.call('packs.edit', { params: { name: 'Ink' }, body: { remove: ['base'] } }),
    only: () => client.call('profiles.use', { body: { pack: 'Neon', only: true } }),
    back: () => client.call('profiles.back', { body: { sync: true } }),
    'delete a model': () =>
      client.call('inventory.delete', {
        params: { sha256: glow },
        query: { confirm_last_copy: glow, confirm_impacts: 'true' },
      }),
    restore: async () => {
      const [entry] = (await client.call('trash.list')).items
      await client.call('trash.restore', { params: { id: entry?.id ?? '' }, body: {} })
    },
    rename: () =>
      client.call('packs.edit', { params: { name: 'Ink' }, body: { rename_to: 'Pen' } }),
    reset: () => client.call('profiles.reset', { body: { sync: true } }),
    'delete a pack': () => client.call('packs.delete', { params: { name: 'Pen' } }),
    doctor: () => work(client, 'store.doctor', { repair: true, rebuild_views: true }),
  }
  try {
    for (const [step, run] of Object.entries(steps)) {
      await run()
      look(step)
    }
  } finally {
    await closeQuick(synapse)
  }
}

/** Some drivers let a file be written to only once. */
function canAppend(volume: string): boolean {
  const path = join(volume, 'twice')
  try {
    fs.appendFileSync(path, 'once\n')
    fs.appendFileSync(path, 'twice\n')
    return true
  } catch {
    return false
  } finally {
    fs.rmSync(path)
  }
}

/** Refuses some calls, as a volume does that cannot make such links. */
function without(ops: readonly DiskCall['op'][]): (call: DiskCall) => void {
  return (call) => {
    if (ops.includes(call.op)) throw systemError('ENOSYS')
  }
}

describe('a volume', () => {
  it('without symbolic links shows models by hard links', async () => {
    using stage = await Stage.open('no-symlinks', [])
    await observing(without(['symlink']), async () => {
      await makeWorld(stage.world, 'base')
      await mainJob(stage.world, true)
    })
  })

  it('without any links keeps models, packs and stacks, and shows nothing', async () => {
    using stage = await Stage.open('no-links', [])
    await observing(without(['symlink', 'link']), async () => {
      await makeWorld(stage.world, 'base')
      await mainJob(stage.world, false)
    })
  })

  it('of FAT keeps models, packs and stacks', async (t) => {
    const volume = fat(t)
    if (volume === null) return
    if (!canAppend(volume)) {
      skipLoudly(t, 'this driver of FAT cannot write to a file twice')
      return
    }
    using stage = await Stage.open('fat', ['base'], volume)
    await mainJob(stage.world, false)
  })

  it('of NTFS with its names shows models', async (t) => {
    const volume = ntfs(t)
    if (volume === null) return
    using stage = await Stage.open('ntfs', ['base'], volume)
    await mainJob(stage.world, true)
  })
})
