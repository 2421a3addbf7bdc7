/**
 * Disks that are full, read-only, or in two parts: every operation comes to its end or says clearly
 * why not, nothing is lost either way, and a repetition completes it.
 */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { AppError } from '../../schemas/errors.ts'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import { canRun, skipLoudly, tmpfs } from '../_support/volumes.ts'
import { ONE_VOLUME, opened, recovered, reportedCodes } from './bad-disks.ts'
import { prepareCase, type Case } from './case.ts'
import { copyInto, Snapshots } from './snapshots.ts'
import { FULL } from './thorough.ts'

const STARTS = ['base', 'settings', 'python'] as const

/** Prepares every operation, and checks how each fares. */
async function eachOperation(
  t: TestContext,
  snapshots: Snapshots,
  fare: (one: Case) => Promise<string[]>,
): Promise<void> {
  for (const row of ONE_VOLUME) {
    await t.test(row.name, async () => {
      assert.deepEqual(await fare(await prepareCase(snapshots, row)), [])
    })
  }
}

const PAGE = 4096
const VOLUME = '8m'

/** Fills a volume but for some pages. @returns gives the room back */
function fillUp(volume: string, freePages: number): () => void {
  const ballast = join(volume, 'ballast')
  const fd = fs.openSync(ballast, 'w')
  const block = Buffer.alloc(64 * PAGE)
  let size = 0
  for (const bytes of [block, block.subarray(0, PAGE)]) {
    try {
      for (;;) size += fs.writeSync(fd, bytes)
    } catch {
      // Full: as it should be.
    }
  }
  fs.ftruncateSync(fd, Math.max(0, size - freePages * PAGE))
  fs.closeSync(fd)
  return () => {
    fs.unlinkSync(ballast)
  }
}

const READINGS = ['packs.list', 'profiles.status', 'journal.list', 'trash.list'] as const
/** These need the index, which may be absent or stale, and cannot be made here. */
const BY_INDEX = ['store.status', 'inventory.list', 'inventory.summary'] as const

/** An original that could not go is refused by its name, before the store is asked. */
const READ_ONLY = ['disk.read_only', 'import.not_removable']

/** What a store on a read-only disk should report, and does not. */
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

const PARTS = ['blobs', 'views', 'trash', 'tmp', 'journal', 'ledger']
/** Each on a volume of its own at once; alone, those that people mount, unless all are to. */
const APART = [PARTS, ...(FULL ? PARTS : ['blobs']).map((part) => [part])]

/** Moves folders onto volumes of their own, by way of a spare folder; disposing unmounts them. */
function setApart(folders: readonly string[], spare: string): Disposable {
  const copies = folders.map((folder, at) => {
    fs.mkdirSync(folder, { recursive: true })
    const copy = join(spare, String(at))
    fs.renameSync(folder, copy)
    fs.mkdirSync(folder)
    return { folder, copy }
  })
  const mountEach = 'for folder; do mount -t tmpfs -o size=8m tmpfs "$folder" || exit 1; done'
  execFileSync('sh', ['-c', mountEach, 'sh', ...folders])
  for (const { folder, copy } of copies) {
    copyInto(copy, folder)
    fs.rmSync(copy, { recursive: true })
  }
  return {
    [Symbol.dispose]() {
      execFileSync('umount', ['-l', ...folders])
    },
  }
}

describe('a disk', () => {
  it('that is full refuses with disk.full and loses nothing', async (t) => {
    const volume = tmpfs(t, VOLUME)
    if (volume === null) return
    using snapshots = await Snapshots.open('full', STARTS, volume)
    await eachOperation(t, snapshots, async (one) => {
      const problems: string[] = []
      for (const free of [0, 1, 3, 8, 20]) {
        snapshots.restore('prepared')
        const giveBack = fillUp(volume, free)
        const codes = await opened(one, (synapse) => reportedCodes(one, synapse))
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
    const volume = tmpfs(t, VOLUME)
    if (volume === null) return
    using snapshots = await Snapshots.open('read-only', STARTS, volume)
    const remount = (how: string) => execFileSync('mount', ['-o', `remount,${how}`, volume])
    await eachOperation(t, snapshots, async (one) => {
      remount('ro')
      const problems: string[] = []
      try {
        const refused = await opened(one, (synapse) => reportedCodes(one, synapse))
        const unclear = refused.filter((code) => !READ_ONLY.includes(code))
        problems.push(...unclear.map((code) => `answers ${code}`))
        problems.push(...(await opened(one, (synapse) => whatCannotBeRead(synapse))))
      } finally {
        remount('rw')
      }
      return [...problems, ...(await recovered(one))]
    })
  })

  for (const parts of APART) {
    it(`whose ${parts.map((part) => `data/${part}`).join(', ')} lie apart serves all operations`, async (t) => {
      using snapshots = await Snapshots.open('parts', STARTS)
      if (!canRun('mount', '-t', 'tmpfs', 'tmpfs', snapshots.sandbox.other)) {
        skipLoudly(t, 'tmpfs cannot be mounted here')
        return
      }
      execFileSync('umount', [snapshots.sandbox.other])
      const folders = parts.map((part) => join(snapshots.sandbox.root, 'data', part))
      await eachOperation(t, snapshots, async (one) => {
        using _apart = setApart(folders, snapshots.sandbox.other)
        const codes = await opened(one, (synapse) => reportedCodes(one, synapse))
        return [...codes.map((code) => `answers ${code}`), ...(await recovered(one))]
      })
    })
  }
})
