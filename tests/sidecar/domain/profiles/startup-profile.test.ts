import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PackName, UiName } from '../../../../schemas/ids.ts'
import { startupProfile } from '../../../../sidecar/domain/profiles/startup-profile.ts'
import { backProfile } from '../../../../sidecar/domain/profiles/back-profile.ts'
import { useProfile } from '../../../../sidecar/domain/profiles/use-profile.ts'
import { createTestStore, SYMLINKS, type TestStore } from '../../../_support/test-store.ts'

const COMFY = 'comfyui' as UiName
const ON_COMFY = { ui_set: COMFY as never, sync: false, dry_run: false }

function activate(world: TestStore, profile: string): void {
  const config = world.store.reader.config()
  const startup = { comfyui: { activate: profile } }
  world.put('state/config.json', JSON.stringify({ ...config, startup }))
}

async function start(world: TestStore, ui: UiName = COMFY) {
  const queued: string[] = []
  const answer = await startupProfile(world.ctx, { ui }, (profile, name) => {
    queued.push(`${name}:${profile}`)
    return 'job-1'
  })
  return { answer, queued }
}

async function builtBefore(world: TestStore): Promise<void> {
  await world.putPack('Alpha', [world.putBlob('1', 'a.safetensors')])
  await useProfile(world.ctx, 'test', { pack: 'Alpha' as PackName, only: false, ...ON_COMFY })
  await backProfile(world.ctx, 'test', ON_COMFY)
}

describe('startupProfile', () => {
  it('leaves the stack as it is by default', async (t) => {
    const world = await createTestStore(t)
    await builtBefore(world)
    await useProfile(world.ctx, 'test', { pack: 'Alpha' as PackName, only: false, ...ON_COMFY })
    const operations = world.store.reader.journal.operations().length
    const { answer, queued } = await start(world)
    assert.deepEqual([answer.profile, answer.switched, queued], ['work__Alpha', false, []])
    assert.equal(world.store.reader.journal.operations().length, operations)
  })

  it('switches to a view that was built before, and a second time not at all', async (t) => {
    const world = await createTestStore(t)
    await builtBefore(world)
    activate(world, 'work__Alpha')
    const first = await start(world)
    assert.deepEqual([first.answer.profile, first.answer.switched], ['work__Alpha', true])
    assert.equal(world.store.reader.activeProfile(COMFY), 'work__Alpha')
    assert.deepEqual(world.store.reader.stack(COMFY), ['global', 'work__Alpha'])
    assert.equal((await start(world)).answer.switched, false)
  })

  it('queues the building of a view and shows what it showed', async (t) => {
    const world = await createTestStore(t)
    world.put('state/profiles/new/profile.json', '{"name":"new"}')
    activate(world, 'new')
    const { answer, queued } = await start(world)
    assert.deepEqual(queued, ['comfyui:new'])
    assert.deepEqual(
      [answer.queued_job, answer.switched, answer.profile],
      ['job-1', false, 'global'],
    )
    assert.equal(world.store.reader.activeProfile(COMFY), 'global')
  })

  it('says that a named profile is not there', async (t) => {
    const world = await createTestStore(t)
    activate(world, 'gone')
    const { answer, queued } = await start(world)
    assert.deepEqual([answer.switched, queued], [false, []])
    assert.match(answer.message, /does not exist/u)
  })

  it('queues where the volume has no links to folders', async (t) => {
    const world = await createTestStore(t, { ...SYMLINKS, folder: 'none' })
    await builtBefore(world)
    assert.equal((await start(world)).answer.queued_job, null)
    activate(world, 'work__Alpha')
    assert.deepEqual((await start(world)).queued, ['comfyui:work__Alpha'])
  })

  it('refuses an interface that it does not know', async (t) => {
    const world = await createTestStore(t)
    await assert.rejects(start(world, 'other' as UiName), { code: 'ui.not_found' })
  })
})
