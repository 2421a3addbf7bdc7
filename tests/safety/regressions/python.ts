/** What the Python program, which came before this one, lost or got wrong. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { isAppError } from '../../../schemas/errors.ts'
import { cleanup, edit, pack, remove, sync, take, use } from '../calls.ts'
import { digestAt } from '../seen.ts'
import { blobPath, bytesOf, digestOf, put, work } from '../sandbox.ts'
import { everything, fails, VIEW, type Regression } from './fixture.ts'

/** Documents that cannot be read, each in its way. */
const TORN: Readonly<Record<string, (text: string) => string>> = {
  'torn in the middle': (text) => text.slice(0, text.length >> 1),
  empty: () => '',
  'no document at all': () => '[1, 2]',
  'with two keys of one name': () => '{"name": "Ink", "name": "Ink"}',
}

export const PYTHON: readonly Regression[] = [
  ...Object.entries(TORN).flatMap(([how, corrupt]) =>
    ['pack.json', 'lock.json'].map((name): Regression => [
      `cleanup took the models of a pack whose ${name} is ${how} → nothing is an orphan meanwhile`,
      async (fixture) => {
        const path = fixture.at(`state/packs/Ink/${name}`)
        const models = fixture.seen.blobs()
        const text = corrupt(fs.readFileSync(path, 'utf8'))
        fs.writeFileSync(path, text)
        await assert.rejects(cleanup(fixture.client), fails('inventory.references_unreadable'))
        assert.deepEqual([fixture.seen.blobs(), fs.readFileSync(path, 'utf8')], [models, text])
      },
    ]),
  ),
  [
    'one unknown kind made a pack unreadable, and cleanup took its models → the kind is kept, the models stay',
    async (fixture) => {
      const path = fixture.at('state/packs/Ink/pack.json')
      fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replaceAll('"lora"', '"hologram"'))
      await cleanup(fixture.client)
      assert.ok(fixture.seen.blobs().includes('ink'))
    },
  ],
  [
    'taking a file out of a pack took it from others too → models leave by the guarded delete alone',
    async (fixture) => {
      await fixture.client.call('packs.create', {
        body: { name: 'Two', dependencies: [{ sha256: digestOf('ink') }] },
      })
      await edit(fixture.client, 'Ink', { remove: ['ink'] })
      await fixture.client.call('packs.delete', pack('Two'))
      assert.ok(fixture.seen.blobs().includes('ink'))
    },
  ],
  [
    'resolve forgot digests that it could not find again → it never knows less than before',
    async (fixture) => {
      await remove(fixture.client, 'ink')
      await fixture.client.call('packs.resolve', { ...pack('Ink'), body: {} })
      assert.equal(fixture.seen.pack('Ink')['ink'], 'ink')
    },
  ],
  [
    'adopting hard-linked by default, and an edit of the original damaged the model → copying is the default',
    async (fixture) => {
      const path = join(fixture.sandbox.outside, 'mine.safetensors')
      fs.writeFileSync(path, bytesOf('fresh'))
      await take(fixture.client, path)
      fs.appendFileSync(path, 'edited')
      assert.equal(digestAt(fixture.at(blobPath(digestOf('fresh')))), digestOf('fresh'))
    },
  ],
  [
    'a file uploaded as ../lock.json replaced the lock → a path that leads out is refused',
    async (fixture) => {
      const exported = await fixture.client.call('packs.export', pack('Ink'))
      for (const path of [
        '../Neon/lock.json',
        'resources/../../x',
        '/etc/x',
        'a\\..\\b',
        'x\0y',
        '..',
      ]) {
        const files = [{ path, encoding: 'utf8', content: '{}' }]
        const before = everything(fixture.at('state'))
        const restoring = fixture.client.call('packs.restore', {
          body: { ...exported, name: 'Fresh', files } as never,
        })
        await assert.rejects(
          restoring,
          (error) => isAppError(error) && ['input.invalid', 'export.invalid'].includes(error.code),
          path,
        )
        assert.deepEqual(everything(fixture.at('state')), before)
      }
    },
  ],
  [
    'a deleted pack left its view, a dead active link and its name in profiles → the plan says it, and all of it is done',
    async (fixture) => {
      await use(fixture.client, 'Ink')
      const params = { name: 'Ink' }
      const plan = await fixture.client.call('packs.delete', {
        params,
        query: { dry_run: 'true' },
      })
      assert.deepEqual(
        [plan.removed_from_profiles, plan.removed_profiles, plan.goes_back_in_uis.toSorted()],
        [['global'], ['work__Ink'], ['alpha', 'beta']],
      )
      await fixture.client.call('packs.delete', { params })
      assert.deepEqual(
        [
          fixture.seen.active('alpha'),
          fixture.seen.profile('global'),
          fixture.seen.has('data/views/alpha/profiles/work__Ink'),
        ],
        ['profiles/global', ['Neon', 'Evil'], false],
      )
    },
  ],
  [
    'back between two equal entries said that it was at the base → it pops one',
    async (fixture) => {
      await use(fixture.client, 'Ink')
      const path = fixture.at('data/runtime.json')
      fs.writeFileSync(
        path,
        fs.readFileSync(path, 'utf8').replaceAll('"work__Ink"', '"work__Ink", "work__Ink"'),
      )
      await fixture.client.call('profiles.back', { body: {} })
      assert.deepEqual(fixture.seen.stack('alpha'), ['global', 'work__Ink'])
    },
  ],
  [
    'a stack disagreed with what was shown → doctor finds and repairs it',
    async (fixture) => {
      fs.rmSync(fixture.at('data/views/beta/active'))
      fs.symlinkSync('profiles/nowhere', fixture.at('data/views/beta/active'))
      const report = await work(fixture.client, 'store.doctor', { repair: true })
      assert.deepEqual([report['healthy'], fixture.seen.active('beta')], [true, 'profiles/global'])
    },
  ],
  [
    'a reset failed at a file that was being written → it goes through, and the file stays',
    async (fixture) => {
      await use(fixture.client, 'Ink')
      fs.rmSync(fixture.at(`${VIEW}/vae/glow.safetensors`))
      put(fixture.sandbox.root, { [`${VIEW}/vae/glow.safetensors`]: 'being written' })
      await fixture.client.call('profiles.reset', { body: { sync: true } })
      assert.deepEqual(
        [fixture.seen.stack('alpha'), fixture.seen.active('beta')],
        [['global'], 'profiles/global'],
      )
      const written = fs.readFileSync(fixture.at(`${VIEW}/vae/glow.safetensors`), 'utf8')
      assert.equal(written, 'being written')
    },
  ],
  [
    'first_wins had no effect, and shadowed files were not reported → it has, and status lists them',
    async (fixture) => {
      const path = fixture.at('state/profiles/global/profile.json')
      fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('last_wins', 'first_wins'))
      await sync(fixture.client)
      assert.equal(fixture.seen.shown('alpha')['models/loras/ink.safetensors'], 'ink')
      const status = await fixture.client.call('profiles.status')
      assert.ok(JSON.stringify(status).includes(digestOf('neon')))
    },
  ],
  [
    'a file whose path has a space could not be taken in → names are data',
    async (fixture) => {
      const name = 'loras/my “best” 墨 🖌 model (v2) #1 %20.safetensors'
      put(fixture.sandbox.outside, { [name]: 'odd' })
      const result = await take(fixture.client, join(fixture.sandbox.outside, name), {
        pack: 'Odd names',
      })
      assert.equal(result['imported'], 1)
      assert.ok(Object.keys(fixture.seen.shown('alpha')).some((path) => path.includes('墨')))
    },
  ],
]
