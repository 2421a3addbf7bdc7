import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PackName, UiName } from '../../../../schemas/ids.ts'
import { startupProfile } from '../../../../sidecar/domain/profiles/startup-profile.ts'
import { backProfile } from '../../../../sidecar/domain/profiles/back-profile.ts'
import { useProfile } from '../../../../sidecar/domain/profiles/use-profile.ts'
import { createTestStore, SYMLINKS, type TestStore } from '../../../_support/test-store.ts'

const COMFY = 'comfyui' as UiName
const ON_COMFY = { ui_set: COMFY as never, sync: false, dry_run: false }

function activate(setup: TestStore, profile: string): void {
  const config = setup.store.reader.config()
  const startup = { comfyui: { activate: profile } }
  setup.put('state/config.json', JSON.stringify({ ...config, startup }))
}

async function start(setup: TestStore, ui: UiName = COMFY) {
  const queued: string[] = []
  const answer = await startupProfile(setup.ctx, { ui }, (profile, name) => {
    queued.push(`${name}:${profile}`)
    return 'job-1'
  })
  return { answer, queued }
}

async function builtBefore(setup: TestStore): Promise<void> {
  await setup.putPack('Alpha', [setup.putBlob('1', 'a.safetensors')])
  await useProfile(setup.ctx, 'test', { pack: 'Alpha' as PackName, only: false, ...ON_COMFY })
  await backProfile(setup.ctx, 'test', ON_COMFY)
}

describe('startupProfile', () => {
  it('leaves the stack as it is by default', async (t) => {
    const setup = await createTestStore(t)
    await builtBefore(setup)
    await useProfile(setup.ctx, 'test', { pack: 'Alpha' as PackName, only: false, ...ON_COMFY })
    const operations = setup.store.reader.journal.operations().length
    const { answer, queued } = await start(setup)
    assert.deepEqual([answer.profile, answer.switched, queued], ['work__Alpha', false, []])
    assert.equal(setup.store.reader.journal.operations().length, operations)
  })

  it('switches to a view that was built before, and a second time not at all', async (t) => {
    const setup = await createTestStore(t)
    await builtBefore(setup)
    activate(setup, 'work__Alpha')
    const first = await start(setup)
    assert.deepEqual([first.answer.profile, first.answer.switched], ['work__Alpha', true])
    assert.equal(setup.store.reader.activeProfile(COMFY), 'work__Alpha')
    assert.deepEqual(setup.store.reader.stack(COMFY), ['global', 'work__Alpha'])
    assert.equal((await start(setup)).answer.switched, false)
  })

  it('queues the building of a view and shows what it showed', async (t) => {
    const setup = await createTestStore(t)
    setup.put('state/profiles/new/profile.json', '{"name":"new"}')
    activate(setup, 'new')
    const { answer, queued } = await start(setup)
    assert.deepEqual(queued, ['comfyui:new'])
    assert.deepEqual(
      [answer.queued_job, answer.switched, answer.profile],
      ['job-1', false, 'global'],
    )
    assert.equal(setup.store.reader.activeProfile(COMFY), 'global')
  })

  it('says that a named profile is not there', async (t) => {
    const setup = await createTestStore(t)
    activate(setup, 'gone')
    const { answer, queued } = await start(setup)
    assert.deepEqual([answer.switched, queued], [false, []])
    assert.match(answer.message, /does not exist/u)
  })

  it('queues where the volume has no links to folders', async (t) => {
    const setup = await createTestStore(t, { ...SYMLINKS, folder: 'none' })
    await builtBefore(setup)
    assert.equal((await start(setup)).answer.queued_job, null)
    activate(setup, 'work__Alpha')
    assert.deepEqual((await start(setup)).queued, ['comfyui:work__Alpha'])
  })

  it('refuses an interface that it does not know', async (t) => {
    const setup = await createTestStore(t)
    await assert.rejects(start(setup, 'other' as UiName), { code: 'ui.not_found' })
  })
})
