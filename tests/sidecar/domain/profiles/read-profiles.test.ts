import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { PackName, ProfileName, UiName } from '../../../../schemas/ids.ts'
import { BUILT_IN_LAYOUTS } from '../../../../schemas/layouts.ts'
import type { UiStatus } from '../../../../schemas/profile.ts'
import { listProfiles } from '../../../../sidecar/domain/profiles/list-profiles.ts'
import { profilesStatus } from '../../../../sidecar/domain/profiles/profiles-status.ts'
import { showProfile } from '../../../../sidecar/domain/profiles/show-profile.ts'
import { useProfile } from '../../../../sidecar/domain/profiles/use-profile.ts'
import { createTestStore, SYMLINKS, type TestStore } from '../../../_support/test-store.ts'

const COMFY = 'comfyui' as UiName

async function comfy({ ctx }: TestStore): Promise<UiStatus> {
  const { uis } = await profilesStatus(ctx)
  const found = uis.find((one) => one.ui === COMFY)
  assert.ok(found)
  return found
}

const use = ({ ctx }: TestStore, pack: string) =>
  useProfile(ctx, 'test', {
    pack: pack as PackName,
    only: false,
    sync: false,
    dry_run: false,
    ui_set: COMFY as never,
  })

describe('profiles', () => {
  it('are listed with where they stand, broken ones with the reason', async (t) => {
    const setup = await createTestStore(t)
    await setup.putPack('Alpha', [])
    await use(setup, 'Alpha')
    setup.put('state/profiles/broken/profile.json', '{')
    const page = listProfiles(setup.ctx, { limit: 50, offset: 0 })
    assert.deepEqual(
      page.items.map((item) => [item.name, item.derived, item.broken !== undefined]),
      [
        ['broken', false, true],
        ['global', false, false],
        ['work__Alpha', true, false],
      ],
    )
    assert.deepEqual(page.items[2]?.active_in_uis, [COMFY])
    assert.deepEqual(page.items[1]?.in_stack_of_uis, Object.keys(BUILT_IN_LAYOUTS))
  })

  it('are shown by name', async (t) => {
    const { ctx } = await createTestStore(t)
    assert.equal(showProfile(ctx, 'global' as ProfileName).profile.name, 'global')
    assert.throws(() => showProfile(ctx, 'no' as ProfileName), { code: 'profile.not_found' })
  })
})

describe('profilesStatus', () => {
  it('has nothing to say of a store in order', async (t) => {
    const setup = await createTestStore(t)
    await setup.putPack('Alpha', [setup.putBlob('1', 'a.safetensors')])
    await use(setup, 'Alpha')
    const status = await comfy(setup)
    assert.deepEqual(
      [status.active, status.pack, status.links, status.can_go_back, status.health],
      ['work__Alpha', 'Alpha', 1, true, []],
    )
  })

  it('reports each problem in one sentence', async (t) => {
    const setup = await createTestStore(t)
    const sha256 = setup.putBlob('1', 'a.safetensors')
    await setup.putPack('Alpha', [sha256])
    const { paths, reader } = setup.store
    fs.rmSync(paths.blob(sha256))
    const view = paths.view(COMFY, 'global' as ProfileName)
    fs.rmdirSync(join(view, 'models/vae'))
    fs.writeFileSync(join(view, 'models/note.txt'), 'mine')
    const config = reader.config()
    const kind_map = {
      ...config.ui.kind_map,
      comfyui: { ...config.ui.kind_map['comfyui'], odd: '../x' },
    }
    setup.put('state/config.json', JSON.stringify({ ...config, ui: { ...config.ui, kind_map } }))
    const { health, foreign } = await comfy(setup)
    assert.equal(foreign.length, 1)
    for (const words of [/odd: /u, /models\/vae/u, /of the view broken/u, /note\.txt/u]) {
      assert.equal(health.filter((one) => words.test(one)).length, 1, String(words))
    }
  })

  it('reports a link that shows another profile, and a view that is gone', async (t) => {
    const setup = await createTestStore(t)
    await setup.putPack('Alpha', [])
    await use(setup, 'Alpha')
    const { paths } = setup.store
    fs.rmSync(paths.active(COMFY))
    fs.symlinkSync('profiles/global', paths.active(COMFY))
    fs.rmSync(paths.view(COMFY, 'work__Alpha' as ProfileName), { recursive: true })
    const { health, active } = await comfy(setup)
    assert.equal(active, 'global')
    assert.match(health[0] ?? '', /"global" is shown although "work__Alpha"/u)
    assert.match(health[1] ?? '', /has not been built/u)
  })

  it('reports a folder in the place of the link to the profile', async (t) => {
    const setup = await createTestStore(t)
    await setup.putPack('Alpha', [])
    await use(setup, 'Alpha')
    const { paths } = setup.store
    fs.rmSync(paths.active(COMFY))
    fs.mkdirSync(paths.active(COMFY))
    const { health, active } = await comfy(setup)
    assert.equal(active, null)
    assert.match(health[0] ?? '', /views\/comfyui\/active is not a link to a profile/u)
  })

  it('reports an interface that cannot be planned and continues with the rest', async (t) => {
    const setup = await createTestStore(t)
    await setup.putPack('Alpha', [])
    await use(setup, 'Alpha')
    setup.put('state/profiles/work__Alpha/profile.json', '{')
    const { uis } = await profilesStatus(setup.ctx)
    assert.match(uis[0]?.health.join() ?? '', /cannot be planned/u)
    assert.deepEqual(
      uis.slice(1).flatMap((one) => one.health),
      [],
    )
  })

  it('says where no link is possible', async (t) => {
    const setup = await createTestStore(t, { ...SYMLINKS, file: null })
    assert.match((await comfy(setup)).health[0] ?? '', /No links are possible/u)
  })
})
