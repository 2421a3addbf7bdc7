import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { ConfigEdit } from '../../../../schemas/config.ts'
import type { UiName } from '../../../../schemas/ids.ts'
import { editConfig, readConfig } from '../../../../sidecar/domain/maintenance/edit-config.ts'
import { layoutOf, uiNames } from '../../../../sidecar/domain/views/ui-layout.ts'
import { createTestStore, type TestStore } from '../../../_support/test-store.ts'

const edit = ({ ctx }: TestStore, body: unknown) =>
  editConfig(ctx, 'test', v.parse(ConfigEdit, body))

describe('new names in the settings', () => {
  it('can be seen and read like no other', async (t) => {
    const setup = await createTestStore(t)
    const edit = (body: object) => editConfig(setup.ctx, 'test', v.parse(ConfigEdit, body))
    const refused = (body: object) =>
      assert.rejects(edit(body), { code: 'input.invalid' }, JSON.stringify(body))
    for (const name of ['\u3164', '\u00a0', 'for\u200bge', 'Forge\ufeff']) {
      await refused({ kind_map: { [name]: { lora: 'x' } } })
      await refused({ ui_sets: { [name]: ['forge'] } })
    }
    await refused({ kind_map: { mine: { lora: 'x' }, 'mi\u200bne': { lora: 'x' } } })
    await refused({ ui_sets: { both: ['forge'], 'bo\u2060th': ['forge'] } })
    await edit({ ui_sets: { both: ['forge'] } })
    await refused({ ui_sets: { BOTH: ['forge'] } })
    await edit({ ui_sets: { both: ['comfyui'] } })
  })
})

describe('editConfig', () => {
  it('changes what is named and keeps the rest, unknown keys among it', async (t) => {
    const setup = await createTestStore(t)
    const config = { ...setup.store.reader.config(), backup: { enabled: true, path: '/mnt' } }
    setup.put('state/config.json', JSON.stringify(config))
    const answer = await edit(setup, { trash: { days: 3 }, defaults: { conflicts_mode: 'strict' } })
    assert.deepEqual(answer.config, {
      ...config,
      trash: { days: 3 },
      defaults: { ...config.defaults, conflicts_mode: 'strict' },
    })
    assert.deepEqual(readConfig(setup.ctx), answer)
  })

  it('writes settings of the machine and sets of interfaces each to their file', async (t) => {
    const setup = await createTestStore(t)
    const before = setup.store.reader.text(setup.store.paths.config)
    const answer = await edit(setup, {
      import_roots: ['/models'],
      link_kind: 'hard_link',
      ui_sets: { mine: ['comfyui', 'sdnext'], all: null },
    })
    assert.deepEqual(answer.machine.import_roots, ['/models'])
    assert.equal(answer.machine.link_kind, 'hard_link')
    assert.deepEqual(Object.keys(answer.ui_sets.sets).sort(), ['comfy_only', 'local', 'mine'])
    assert.equal(setup.store.reader.text(setup.store.paths.config), before)
  })

  it('adds an interface with its folders', async (t) => {
    const setup = await createTestStore(t)
    const { config } = await edit(setup, { kind_map: { fooocus: { lora: 'models/loras' } } })
    assert.ok(config.ui.known.includes('fooocus'))
    assert.deepEqual([...layoutOf(config, 'fooocus' as UiName).folders], [['lora', 'models/loras']])
  })

  it('hides a built-in folder, and views follow', async (t) => {
    const setup = await createTestStore(t)
    const { config } = await edit(setup, { kind_map: { comfyui: { vae: null, lora: 'my/loras' } } })
    const { folders } = layoutOf(config, 'comfyui' as UiName)
    assert.deepEqual([folders.get('vae'), folders.get('lora')], [undefined, 'my/loras'])
    const active = setup.store.paths.active('comfyui' as UiName)
    assert.ok(fs.existsSync(join(active, 'my/loras')))
  })

  it('makes new folders also where the profile in sight cannot be read', async (t) => {
    const setup = await createTestStore(t)
    await edit(setup, { kind_map: { comfyui: { lora: 'my/loras' } } })
    setup.put('state/profiles/global/profile.json', '{"torn')
    await edit(setup, { kind_map: { comfyui: { lora: 'other/loras' } } })
    const active = setup.store.paths.active('comfyui' as UiName)
    assert.ok(fs.existsSync(join(active, 'other/loras')))
    assert.deepEqual(setup.store.reader.journal.openOperations(), [])
  })

  it('keeps the folders of a known interface that had none of its own', async (t) => {
    const setup = await createTestStore(t)
    const config = setup.store.reader.config()
    const ui = { ...config.ui, known: [...config.ui.known, 'clone'] }
    setup.put('state/config.json', JSON.stringify({ ...config, ui }))
    const after = await edit(setup, { kind_map: { clone: { lora: 'L' } } })
    const { folders } = layoutOf(after.config, 'clone' as UiName)
    assert.deepEqual([folders.get('lora'), folders.get('vae')], ['L', 'models/vae'])
    assert.deepEqual(uiNames(after.config), [...config.ui.known, 'clone'])
  })

  it('is no operation where nothing changes', async (t) => {
    const setup = await createTestStore(t)
    const operations = setup.store.reader.journal.operations().length
    await edit(setup, { trash: { days: 7 } })
    assert.equal(setup.store.reader.journal.operations().length, operations)
  })

  const refused: readonly (readonly [string, unknown, string])[] = [
    ['a folder that leads out', { kind_map: { comfyui: { lora: '../x' } } }, 'input.invalid'],
    [
      'a folder of a device name',
      { kind_map: { comfyui: { lora: 'models/nul' } } },
      'input.invalid',
    ],
    ['an interface of a bad name', { kind_map: { 'a?': {} } }, 'input.invalid'],
    ['an interface that differs in case', { kind_map: { ComfyUI: {} } }, 'input.invalid'],
    ['a set of the name of an interface', { ui_sets: { forge: null } }, 'input.invalid'],
    ['a set of unknown interfaces', { ui_sets: { mine: ['nobody'] } }, 'input.invalid'],
    ['a root that is not absolute', { import_roots: ['models'] }, 'input.invalid'],
    ['an unknown base', { defaults: { use_base: 'no' } }, 'profile.not_found'],
    ['a base called last', { defaults: { use_base: 'last' } }, 'profile.not_found'],
    ['an unknown start', { startup: { comfyui: { activate: 'no' } } }, 'profile.not_found'],
    ['a start of nobody', { startup: { nobody: { activate: 'last' } } }, 'ui.not_found'],
    ['an unknown default set', { defaults: { ui_set: 'no' } }, 'ui_set.not_found'],
    ['removing the default set', { ui_sets: { local: null } }, 'ui_set.not_found'],
  ]
  for (const [what, body, code] of refused) {
    it(`refuses ${what}`, async (t) => {
      const setup = await createTestStore(t)
      const before = readConfig(setup.ctx)
      await assert.rejects(edit(setup, body), { code })
      assert.deepEqual(readConfig(setup.ctx), before)
    })
  }

  it('names the value that is wrong', async (t) => {
    const setup = await createTestStore(t)
    await assert.rejects(edit(setup, { kind_map: { comfyui: { lora: 'a/..' } } }), {
      issues: [{ path: 'kind_map.comfyui.lora', message: 'A part of the folder is unsafe' }],
    })
  })
})
