import assert from 'node:assert/strict'
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { AppError } from '../../../../schemas/errors.ts'
import { createTestSynapse, type TestSynapse } from '../../../_support/test-synapse.ts'

interface Setup extends TestSynapse {
  create(name: string, packs: readonly string[], mode?: 'strict' | 'first_wins'): Promise<unknown>
  edit(name: string, body: object): Promise<unknown>
  packs(name: string): Promise<readonly string[]>
  use(pack: string, only?: boolean): Promise<unknown>
  /** The bytes at a path that all packs of {@link fourPacks} want; null where nothing is shown. */
  shown(): string | null
}

/** Packs A to D, each with its own file at one path: the bytes are the pack's name. */
async function fourPacks(t: TestContext): Promise<Setup> {
  const setup = await createTestSynapse(t)
  const { client, root } = setup
  for (const pack of ['A', 'B', 'C', 'D']) {
    await setup.import({ paths: [setup.file(`${pack}/loras/x.safetensors`, pack)], pack })
  }
  return {
    ...setup,
    create: (name, packs, conflicts_mode) =>
      client.call('profiles.create', {
        body: {
          name: name,
          packs: packs as never,
          ...(conflicts_mode && { conflicts_mode }),
        },
      }),
    edit: (name, body) => client.call('profiles.edit', { params: { name: name }, body }),
    packs: async (name) => {
      const { profile } = await client.call('profiles.show', { params: { name: name } })
      return (profile.packs ?? []).map((pack) => pack.name)
    },
    use: (pack, only = false) =>
      client.call('profiles.use', {
        body: { pack: pack, only, ui_set: 'comfyui' },
      }),
    shown() {
      const path = join(root, 'data/views/comfyui/active/models/loras/x.safetensors')
      return fs.existsSync(path) ? fs.readFileSync(path, 'utf8') : null
    },
  }
}

const refusedWith =
  (code: string, text = /./u) =>
  (error: unknown) =>
    error instanceof AppError && error.code === code && text.test(error.message)

describe('a profile', () => {
  it('is created with its packs and the mode of the settings, and can be active', async (t) => {
    const setup = await fourPacks(t)
    await setup.client.call('store.config_edit', {
      body: { defaults: { conflicts_mode: 'first_wins' } },
    })
    await setup.create('mine', ['B', 'A'])
    const { summary } = await setup.client.call('profiles.show', {
      params: { name: 'mine' },
    })
    assert.deepEqual([summary.packs, summary.conflicts_mode], [2, 'first_wins'])
    await setup.client.call('profiles.activate', { body: { profile: 'mine' } })
    assert.equal(setup.shown(), 'B')
  })

  const EDITS: readonly (readonly [string, object, string])[] = [
    ['takes packs in at the end', { add: ['D', 'A'] }, 'ABCD'],
    ['loses packs', { remove: ['A', 'C'] }, 'B'],
    ['gets other packs', { packs: ['D', 'A'] }, 'DA'],
    ['moves one to the end', { move: { pack: 'A', to: 'last' } }, 'BCA'],
    ['moves one to the beginning', { move: { pack: 'C', to: 'first' } }, 'CAB'],
    ['moves one before another', { move: { pack: 'C', before: 'B' } }, 'ACB'],
    ['moves one after another', { move: { pack: 'A', after: 'B' } }, 'BAC'],
    ['leaves one where it is beside itself', { move: { pack: 'B', after: 'B' } }, 'ABC'],
    [
      'does all of it in one go',
      { remove: ['A'], add: ['D'], move: { pack: 'D', to: 'first' } },
      'DBC',
    ],
  ]
  for (const [what, body, expected] of EDITS) {
    it(what, async (t) => {
      const setup = await fourPacks(t)
      await setup.create('mine', ['A', 'B', 'C'])
      const before = await setup.packs('mine')
      const planned = (await setup.edit('mine', { ...body, dry_run: true })) as {
        profile: { packs: { name: string }[] }
      }
      assert.equal(planned.profile.packs.map((pack) => pack.name).join(''), expected)
      assert.deepEqual(await setup.packs('mine'), before, 'a dry run changes nothing')
      await setup.edit('mine', body)
      assert.equal((await setup.packs('mine')).join(''), expected)
    })
  }

  it('is refused where it names what is not there', async (t) => {
    const setup = await fourPacks(t)
    await setup.create('mine', ['A'])
    const bad = [
      { remove: ['B'] },
      { move: { pack: 'B', to: 'last' } },
      { move: { pack: 'A', before: 'B' } },
      { move: { pack: 'A' } },
      { move: { pack: 'A', before: 'B', to: 'last' } },
      { packs: ['A', 'A'] },
    ]
    for (const body of bad) {
      await assert.rejects(
        setup.edit('mine', body),
        refusedWith('input.invalid'),
        JSON.stringify(body),
      )
    }
    await assert.rejects(setup.edit('mine', { add: ['E'] }), refusedWith('pack.not_found'))
    await assert.rejects(setup.create('MINE', []), refusedWith('profile.name_taken', /"mine"/u))
    await assert.rejects(setup.create('work__A', []), refusedWith('input.invalid'))
  })

  it('keeps a pack that is gone until it is taken out', async (t) => {
    const setup = await fourPacks(t)
    await setup.create('mine', ['A', 'B'])
    fs.rmSync(join(setup.root, 'state/packs/A'), { recursive: true })
    await setup.edit('mine', { move: { pack: 'A', to: 'last' } })
    assert.deepEqual(await setup.packs('mine'), ['B', 'A'])
    await setup.edit('mine', { remove: ['A'] })
    assert.deepEqual(await setup.packs('mine'), ['B'])
  })

  it('takes its stacks, its view and its other keys along to a new name', async (t) => {
    const setup = await fourPacks(t)
    await setup.create('mine', ['A'])
    const path = join(setup.root, 'state/profiles/mine/profile.json')
    const document = JSON.parse(fs.readFileSync(path, 'utf8')) as object
    fs.writeFileSync(path, JSON.stringify({ ...document, x_own: 'kept' }))
    await setup.client.call('profiles.activate', { body: { profile: 'mine' } })
    await setup.edit('mine', { rename_to: 'yours' })
    const [seen] = (await setup.client.call('profiles.status')).uis
    assert.deepEqual([seen?.stack, seen?.active], [['global', 'yours'], 'yours'])
    assert.equal(setup.shown(), 'A')
    const views = join(setup.root, 'data/views/comfyui/profiles')
    assert.equal(fs.readdirSync(views).includes('mine'), false)
    assert.equal(fs.readdirSync(join(setup.root, 'state/profiles')).includes('mine'), false)
    const renamed = fs.readFileSync(path.replace('/mine/', '/yours/'), 'utf8')
    assert.equal((JSON.parse(renamed) as { x_own: string }).x_own, 'kept')
    await setup.client.call('journal.undo', { params: { id: 'latest' }, body: {} })
    assert.equal((await setup.client.call('profiles.status')).uis[0]?.active, 'mine')
    assert.equal(setup.shown(), 'A')
  })

  it('may change the case of its name', async (t) => {
    const setup = await fourPacks(t)
    await setup.create('mine', ['A'])
    await setup.edit('mine', { rename_to: 'Mine' })
    assert.deepEqual(await setup.packs('Mine'), ['A'])
  })

  it('goes, and interfaces go back; its packs stay', async (t) => {
    const setup = await fourPacks(t)
    await setup.create('mine', ['A'])
    await setup.client.call('profiles.activate', { body: { profile: 'mine' } })
    const params = { name: 'mine' as never }
    const plan = await setup.client.call('profiles.delete', {
      params,
      query: { dry_run: 'true' },
    })
    assert.deepEqual([plan.dry_run, plan.goes_back_in_uis.includes('comfyui')], [true, true])
    await setup.client.call('profiles.delete', { params })
    assert.equal(setup.shown(), 'D')
    await assert.rejects(setup.packs('mine'), refusedWith('profile.not_found'))
    await setup.client.call('journal.undo', { params: { id: 'latest' }, body: {} })
    assert.deepEqual(await setup.packs('mine'), ['A'])
  })

  it('stays where settings name it', async (t) => {
    const setup = await fourPacks(t)
    await setup.create('mine', ['A'])
    await setup.create('start', ['A'])
    const body = {
      defaults: { use_base: 'mine' },
      startup: { comfyui: { activate: 'start' } },
    } as never
    await setup.client.call('store.config_edit', { body })
    for (const [name, setting] of [
      ['mine', /defaults\.use_base/u],
      ['start', /startup\.comfyui\.activate/u],
    ] as const) {
      const params = { name: name as never }
      const refused = refusedWith('profile.protected', setting)
      await assert.rejects(setup.client.call('profiles.delete', { params }), refused)
      await assert.rejects(setup.edit(name, { rename_to: 'other' }), refused)
    }
  })

  it('that follows from a pack is not edited', async (t) => {
    const setup = await fourPacks(t)
    await setup.use('A')
    const refused = refusedWith('profile.protected', /"A"/u)
    await assert.rejects(setup.edit('work__A', { remove: ['B'] }), refused)
  })
})

describe('the global profile', () => {
  it('is thinned and put in another order, and what is shown follows', async (t) => {
    const setup = await fourPacks(t)
    await setup.client.call('profiles.sync', { body: {} })
    assert.equal(setup.shown(), 'D')
    await setup.edit('global', { move: { pack: 'B', to: 'last' } })
    assert.equal(setup.shown(), 'B')
    await setup.edit('global', { remove: ['B', 'D'] })
    assert.equal(setup.shown(), 'C')
  })

  it('does not take in a pack that is created without it', async (t) => {
    const setup = await fourPacks(t)
    await setup.client.call('packs.create', { body: { name: 'Aside', global: false } })
    assert.deepEqual(await setup.packs('global'), ['A', 'B', 'C', 'D'])
  })

  it('does not become strict while two of its packs want one path', async (t) => {
    const setup = await fourPacks(t)
    await setup.client.call('profiles.sync', { body: {} })
    const strict = { conflicts_mode: 'strict' }
    const plan = (await setup.edit('global', { ...strict, dry_run: true })) as {
      views: { problem?: string }[]
    }
    assert.match(plan.views[0]?.problem ?? '', /x\.safetensors/u)
    await assert.rejects(setup.edit('global', strict), refusedWith('profile.conflict'))
    await setup.edit('global', { remove: ['A', 'B', 'C'], ...strict })
    assert.equal(setup.shown(), 'D')
  })
})

describe('a pack in use', () => {
  for (const mode of ['last_wins', 'first_wins', 'strict'] as const) {
    it(`shows its own files under ${mode}, though others depend on it`, async (t) => {
      const setup = await fourPacks(t)
      const params = { name: 'D' as never }
      await setup.client.call('packs.edit', { params, body: { pack_dependencies: ['B'] as never } })
      const path = join(setup.root, 'state/profiles/global/profile.json')
      const document = JSON.parse(fs.readFileSync(path, 'utf8')) as object
      fs.writeFileSync(path, JSON.stringify({ ...document, conflicts: { mode } }))
      await setup.use('B')
      assert.equal(setup.shown(), 'B')
      assert.deepEqual(await setup.packs('work__B'), ['A', 'C', 'D', 'B'])
      const { order } = await setup.client.call('profiles.show', {
        params: { name: 'work__B' },
      })
      assert.deepEqual(order, ['A', 'C', 'D', 'B'])
    })
  }

  it('comes after what it depends on, which wins over the base', async (t) => {
    const setup = await fourPacks(t)
    const params = { name: 'B' as never }
    const body = { pack_dependencies: ['A'] as never, remove: ['x'] as never }
    const { files } = await setup.client.call('packs.show', { params })
    await setup.client.call('packs.edit', {
      params,
      body: { ...body, remove: files.map((file) => file.dependency_id) },
    })
    await setup.use('B')
    assert.deepEqual(await setup.packs('work__B'), ['C', 'D', 'A', 'B'])
    assert.equal(setup.shown(), 'A')
    await setup.use('B', true)
    assert.deepEqual(await setup.packs('only__B'), ['A', 'B'])
    assert.equal(
      basename(fs.readlinkSync(join(setup.root, 'data/views/comfyui/active'))),
      'only__B',
    )
  })
})
