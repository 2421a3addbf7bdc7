/** Volumes without symbolic links, without any links, and of other systems: what works there. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { DiskCall } from '../../sidecar/platform/disk-calls.ts'
import { fat, ntfs, skipLoudly } from '../_support/volumes.ts'
import { systemError } from './bad-disks.ts'
import { expectedView } from './histories/expected-view.ts'
import { rememberBytes } from './invariants.ts'
import { digestAt, isTemporary, walk } from './seen.ts'
import { Snapshots } from './snapshots.ts'
import { observing } from './watching.ts'
import {
  closeQuick,
  digestOf,
  makeSandbox,
  modelOf,
  openQuick,
  UIS,
  work,
  type Sandbox,
} from './sandbox.ts'

/** What an interface sees, be it by links of any form, or by a folder that is changed itself. */
function seenAt({ root }: Sandbox, ui: string): Record<string, string> {
  const active = join(root, 'data/views', ui, 'active')
  const folder = fs.existsSync(active) ? fs.realpathSync(active) : active
  const files = walk(folder).filter(({ kind, path }) => kind !== 'folder' && !isTemporary(path))
  return Object.fromEntries(files.map(({ path, absolute }) => [path, digestAt(absolute)]))
}

/** The main job from import to undo; after each step both interfaces see what they should. */
async function mainJob(sandbox: Sandbox, canLink: boolean): Promise<void> {
  const kept = rememberBytes(sandbox)
  const synapse = await openQuick(sandbox)
  const { client } = synapse
  const look = (step: string) => {
    for (const ui of UIS) {
      const expected = canLink ? expectedView(sandbox, ui).links : {}
      assert.deepEqual(seenAt(sandbox, ui), expected, `${ui} after ${step}`)
    }
    const here = rememberBytes(sandbox)
    const everywhere = new Set([...here.held, ...here.own.values()])
    const lost = [...kept.held, ...kept.own.values()].filter((one) => !everywhere.has(one))
    assert.deepEqual(lost.map(modelOf), [], step)
  }
  const glow = digestOf('glow')
  const steps: Record<string, () => Promise<unknown>> = {
    sync: () => client.call('profiles.sync', { body: {} }),
    import: () =>
      work(client, 'imports.start', { paths: [join(sandbox.outside, 'new')], pack: 'New' }),
    use: () => client.call('profiles.use', { body: { pack: 'Ink' } }),
    edit: () => client.call('packs.edit', { params: { name: 'Ink' }, body: { remove: ['base'] } }),
    only: () => client.call('profiles.use', { body: { pack: 'Neon', only: true } }),
    back: () => client.call('profiles.back', { body: { sync: true } }),
    'delete a model': () =>
      client.call('inventory.delete', {
        params: { item: glow },
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
    using snapshots = await Snapshots.open('no-symlinks', [])
    await observing(without(['symlink']), async () => {
      await makeSandbox(snapshots.sandbox, 'base')
      await mainJob(snapshots.sandbox, true)
    })
  })

  it('without any links keeps models, packs and stacks, and shows nothing', async () => {
    using snapshots = await Snapshots.open('no-links', [])
    await observing(without(['symlink', 'link']), async () => {
      await makeSandbox(snapshots.sandbox, 'base')
      await mainJob(snapshots.sandbox, false)
    })
  })

  it('of FAT keeps models, packs and stacks', async (t) => {
    const volume = fat(t)
    if (volume === null) return
    if (!canAppend(volume)) {
      skipLoudly(t, 'this driver of FAT cannot write to a file twice')
      return
    }
    using snapshots = await Snapshots.open('fat', ['base'], volume)
    await mainJob(snapshots.sandbox, false)
  })

  it('of NTFS with its names shows models', async (t) => {
    const volume = ntfs(t)
    if (volume === null) return
    using snapshots = await Snapshots.open('ntfs', ['base'], volume)
    await mainJob(snapshots.sandbox, true)
  })
})
