/* eslint max-lines: ['error', 1000] -- a table: each lesson is a row that does what it says */
/**
 * What was lost, and how people were attacked, in the field: each row tells what happened there, and
 * what is done here, and does it.
 */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { after, before, describe, it, type TestContext } from 'node:test'
import type { Client } from '../../schemas/client.ts'
import { ENDPOINTS, type EndpointId } from '../../schemas/endpoints.ts'
import type { Endpoint } from '../../schemas/endpoints/endpoint.ts'
import { isAppError } from '../../schemas/errors.ts'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import { leastInit, pathOf } from '../_support/http-app.ts'
import { btrfs } from '../_support/volumes.ts'
import { brokenInvariants, rememberBytes } from './invariants.ts'
import { digestAt, Seen, walk } from './seen.ts'
import { Stage } from './stage.ts'
import { watching } from './watching.ts'
import {
  bytesOf,
  closeQuick,
  digestOf,
  letRest,
  MODELS,
  openQuick,
  put,
  sha256Of,
  work,
  type Model,
  type World,
} from './world.ts'

const HOST = 'synapse.in-process'
const ORIGIN = `http://${HOST}`

/** What a row works with: a store with models, packs and views, and the user's own files. */
interface Scene {
  readonly t: TestContext
  readonly world: World
  readonly seen: Seen
  readonly synapse: Synapse
  readonly client: Client
  /** A path below the store's root. */
  readonly at: (path: string) => string
}

/** What happened → what is done here. */
type Lesson = readonly [string, (scene: Scene) => Promise<void>]

const fails = (code: string) => (error: unknown) => isAppError(error) && error.code === code
const blobPath = (model: Model) =>
  `data/blobs/sha256/${digestOf(model).slice(0, 2)}/${digestOf(model)}`
const remove = ({ client }: Scene, model: Model) =>
  client.call('inventory.delete', {
    params: { sha256: digestOf(model) },
    query: { confirm_last_copy: digestOf(model), confirm_impacts: 'true' },
  })
const use = ({ client }: Scene, pack: string) => client.call('profiles.use', { body: { pack } })
const sync = ({ client }: Scene) => client.call('profiles.sync', { body: {} })
const take = ({ client }: Scene, path: string, body: object = {}) =>
  work(client, 'imports.start', { paths: [path], ...body })
const cleanup = ({ client }: Scene) =>
  client.call('inventory.cleanup', { body: { dry_run: false, include_only_copies: true } })

/** A file of somebody's that is written to no more. */
function putStray(scene: Scene, path: string): string {
  put(scene.world.root, { [path]: 'precious' })
  letRest(scene.at(path))
  return path
}

/** All that a store holds, by path: links as text, files by digest, nothing that only copies. */
function everything(folder: string): Record<string, string> {
  const entries = walk(folder).filter(
    ({ path, kind }) => kind !== 'folder' && !/^data\/(index\.|store\.lock|jobs\/)/u.test(path),
  )
  return Object.fromEntries(
    entries.map(({ path, absolute, kind }) => [
      path,
      kind === 'link' ? fs.readlinkSync(absolute) : digestAt(absolute),
    ]),
  )
}

/** Text of a file that lies in quarantine. */
function quarantined({ world }: Scene): string[] {
  const files = walk(join(world.root, 'data/quarantine')).filter((one) => one.kind === 'file')
  return files
    .filter(({ path }) => basename(path) !== 'origin.json')
    .map(({ absolute }) => fs.readFileSync(absolute, 'utf8'))
}

const VIEW = 'data/views/alpha/profiles/global'

const LOSSES: readonly Lesson[] = [
  [
    'a teardown of links took real files with it → a view loses our links alone',
    async (scene) => {
      await use(scene, 'Ink')
      const stray = putStray(
        scene,
        'data/views/alpha/profiles/work__Ink/models/loras/mine.safetensors',
      )
      await scene.client.call('packs.delete', { params: { name: 'Ink' } })
      assert.equal(fs.readFileSync(scene.at(stray), 'utf8'), 'precious')
      assert.equal(scene.seen.active('alpha'), 'profiles/global')
    },
  ],
  [
    'installing onto a folder with files erased it → a folder that holds something else is refused',
    async ({ world }) => {
      put(world.outside, { 'photos/one.jpg': 'precious' })
      const synapse = await openQuick({ ...world, root: join(world.outside, 'photos') })
      await assert.rejects(
        synapse.client.call('store.init', { body: {} }),
        fails('store.root_unusable'),
      )
      await closeQuick(synapse)
      assert.deepEqual(
        walk(join(world.outside, 'photos')).map((one) => one.path),
        ['one.jpg'],
      )
    },
  ],
  [
    'support could not tell what had deleted the models → every act stands in the journal',
    async (scene) => {
      await remove(scene, 'glow')
      const [act] = (
        await scene.client.call('journal.list', { query: { sha256: digestOf('glow') } })
      ).items
      assert.equal(act?.op, 'blob.delete')
    },
  ],
  [
    'a migration emptied what links led to → a folder behind a link is never touched',
    async (scene) => {
      const mine = join(scene.world.outside, 'mine')
      put(mine, { 'keep.safetensors': 'precious', 'sub/too.safetensors': 'precious' })
      fs.rmSync(scene.at(`${VIEW}/models/loras`), { recursive: true })
      fs.symlinkSync(mine, scene.at(`${VIEW}/models/loras`))
      for (const act of [
        () => sync(scene),
        () => use(scene, 'Ink'),
        () => scene.client.call('packs.delete', { params: { name: 'Ink' } }),
      ]) {
        await act().catch((error: unknown) =>
          assert.ok(isAppError(error) && error.code !== 'internal', String(error)),
        )
      }
      assert.deepEqual(
        walk(mine)
          .map((one) => one.path)
          .sort(),
        ['keep.safetensors', 'sub', 'sub/too.safetensors'],
      )
    },
  ],
  [
    'source and target were one folder: the file was a duplicate of itself and went → nothing below the store is imported',
    async (scene) => {
      const link = join(scene.world.outside, 'shared')
      fs.symlinkSync(scene.at('data/blobs'), link)
      await assert.rejects(take(scene, link, { mode: 'move' }), fails('import.inside_store'))
      assert.ok(scene.seen.blobs().includes('loose'))
    },
  ],
  [
    'a second name of a stored file was taken for a copy → moving it takes that name alone',
    async (scene) => {
      const twin = join(scene.world.outside, 'twin.safetensors')
      fs.linkSync(scene.at(blobPath('loose')), twin)
      await take(scene, twin, { mode: 'move' })
      assert.equal(digestAt(scene.at(blobPath('loose'))), digestOf('loose'))
    },
  ],
  [
    'links that led to themselves nested for ever → a loop is listed and passed by',
    async (scene) => {
      const folder = join(scene.world.outside, 'loop/loras')
      put(folder, { 'a.safetensors': 'a' })
      fs.symlinkSync('.', join(folder, 'again'))
      fs.symlinkSync('self', join(folder, 'self'))
      const result = await take(scene, folder)
      assert.equal(result['imported'], 1)
    },
  ],
  [
    'deleting a model removed its whole folder → neighbours stay',
    async (scene) => {
      const neighbour = `${dirname(blobPath('glow'))}/neighbour.txt`
      put(scene.world.root, { [neighbour]: 'precious' })
      await remove(scene, 'glow')
      assert.ok(fs.existsSync(scene.at(neighbour)))
      const album = join(scene.world.outside, 'album')
      put(album, { 'one.safetensors': '1', 'cover.png': 'precious' })
      await take(scene, join(album, 'one.safetensors'), { mode: 'move' })
      assert.deepEqual(fs.readdirSync(album), ['cover.png'])
    },
  ],
  [
    'deleting what was linked in deleted the original → the original stays, in both ways of linking',
    async (scene) => {
      const loras = join(scene.world.outside, 'new/loras/fresh.safetensors')
      for (const hard_link of [false, true]) {
        await take(scene, loras, { mode: 'link', hard_link })
        await remove(scene, 'fresh')
        await scene.client.call('trash.empty')
        assert.equal(digestAt(loras), digestOf('fresh'))
      }
    },
  ],
  [
    'a start-up prune removed models that nobody seemed to use → nothing goes by itself',
    async (scene) => {
      const models = scene.seen.blobs()
      await work(scene.client, 'store.doctor', {
        repair: true,
        rebuild_views: true,
        rebuild_index: true,
      })
      await scene.client.call('store.clean', { body: {} })
      await closeQuick(await openQuick(scene.world))
      assert.deepEqual(scene.seen.blobs(), models)
    },
  ],
  [
    'an older program deleted what a newer one referred to → a newer document is refused, and kept',
    async (scene) => {
      const path = scene.at('state/packs/Ink/pack.json')
      const text = fs.readFileSync(path, 'utf8').replace('synapse.pack.v2', 'synapse.pack.v3')
      fs.writeFileSync(path, text)
      await assert.rejects(cleanup(scene), fails('inventory.references_unreadable'))
      const edit = scene.client.call('packs.edit', {
        params: { name: 'Ink' },
        body: { description: 'x' },
      })
      await assert.rejects(edit, fails('store.newer_format'))
      assert.equal(fs.readFileSync(path, 'utf8'), text)
    },
  ],
  [
    'shared blocks came out as zeros → a clone that is not like its source is made again by copying',
    async (scene) => {
      const volume = btrfs(scene.t)
      if (volume === null) return
      using stage = await Stage.open('clone', ['base'], volume)
      const synapse = await openQuick(stage.world)
      let spoiled = 0
      const observer = (call: { op: string; path: string }) => {
        if (call.op !== 'flush' || !call.path.endsWith('.part') || spoiled > 0) return
        spoiled += 1
        fs.writeFileSync(call.path, Buffer.alloc(bytesOf('fresh').length))
      }
      const path = join(stage.world.outside, 'new/loras/fresh.safetensors')
      await watching(observer, () =>
        work(synapse.client, 'imports.start', { paths: [path], mode: 'link' }),
      )
      await closeQuick(synapse)
      assert.equal(spoiled, 1)
      assert.ok(new Seen(stage.world).blobs().includes('fresh'))
    },
  ],
  [
    'a missing root was replaced by an empty one → an absent store is told, not made',
    async ({ world }) => {
      const root = join(world.folder, 'unplugged/store')
      const synapse = await openQuick({ ...world, root })
      await assert.rejects(
        synapse.client.call('packs.create', { body: { name: 'P' } }),
        fails('store.not_initialized'),
      )
      await synapse.client.call('store.status')
      await closeQuick(synapse)
      assert.equal(fs.existsSync(join(world.folder, 'unplugged')), false)
    },
  ],
  [
    'a cache that failed was deleted with the edits in it → edits live in documents, the index is a copy',
    async (scene) => {
      await scene.client.call('packs.edit', {
        params: { name: 'Ink' },
        body: { description: 'mine' },
      })
      await closeQuick(scene.synapse)
      fs.writeFileSync(scene.at('data/index.sqlite'), 'garbage')
      const synapse = await openQuick(scene.world)
      const { pack } = await synapse.client.call('packs.show', { params: { name: 'Ink' } })
      const { total } = await synapse.client.call('inventory.list', {
        query: { status: 'referenced' },
      })
      await closeQuick(synapse)
      assert.deepEqual([pack.description, total], ['mine', 5])
    },
  ],
  [
    'an interrupted copy counted as a copy → half a file never bears a final name',
    async (scene) => {
      const observer = (call: { op: string; path: string }) => {
        if (call.op === 'flush' && call.path.endsWith('.part'))
          throw Object.assign(new Error('EIO'), { code: 'EIO' })
      }
      const before_ = scene.seen.blobs()
      await watching(observer, () => take(scene, join(scene.world.outside, 'new')))
      assert.deepEqual(scene.seen.blobs(), before_)
    },
  ],
  [
    'a digest that somebody gave was trusted → bytes are hashed here, a claim is only a claim',
    async (scene) => {
      const claim = scene.client.call('packs.create', {
        body: { name: 'P', dependencies: [{ sha256: 'ab'.repeat(32) }] },
      })
      await assert.rejects(claim, fails('blob.not_found'))
      const exported = (await scene.client.call('packs.export', { params: { name: 'Ink' } })) as {
        files: { path: string; content: string }[]
      }
      const files = exported.files.map((file) => ({
        ...file,
        content: file.content.replaceAll(digestOf('ink'), 'ab'.repeat(32)),
      }))
      await scene.client.call('packs.delete', { params: { name: 'Ink' } })
      await scene.client.call('packs.restore', { body: { ...exported, files } as never })
      const {
        files: [, ink],
      } = await scene.client.call('packs.show', { params: { name: 'Ink' } })
      assert.equal(ink?.state, 'missing')
    },
  ],
  [
    'adopting by hard link left a writable second name → both names are read-only',
    async (scene) => {
      const path = join(scene.world.outside, 'new/loras/fresh.safetensors')
      await take(scene, path, { mode: 'link', hard_link: true })
      assert.equal(fs.statSync(path).mode & 0o777, 0o444)
    },
  ],
  [
    'detaching changed more than attaching had → undo gives a hard-linked original its mode back',
    async (scene) => {
      const path = join(scene.world.outside, 'new/loras/fresh.safetensors')
      const mode = () => fs.statSync(path).mode & 0o777
      const former = mode()
      await take(scene, path, { mode: 'link', hard_link: true })
      const [act] = (await scene.client.call('journal.list', { query: { op: 'blob.import' } }))
        .items
      await scene.client.call('journal.undo', { params: { id: act?.id ?? '' }, body: {} })
      assert.deepEqual([mode(), digestAt(path)], [former, digestOf('fresh')])
    },
  ],
  [
    'rebuilding a view removed real files → they stay, and go to quarantine only where their path is needed',
    async (scene) => {
      const beside = putStray(scene, `${VIEW}/models/loras/mine.safetensors`)
      fs.rmSync(scene.at(`${VIEW}/vae/glow.safetensors`))
      putStray(scene, `${VIEW}/vae/glow.safetensors`)
      await work(scene.client, 'store.doctor', { repair: true, rebuild_views: true })
      assert.equal(fs.readFileSync(scene.at(beside), 'utf8'), 'precious')
      assert.deepEqual(quarantined(scene), ['precious'])
      assert.equal(scene.seen.shown('alpha')['vae/glow.safetensors'], 'glow')
    },
  ],
  [
    'the last copy went unasked when no pack used it → the last copy asks for its digest, always',
    async (scene) => {
      for (const query of [
        {},
        { force: 'true' as never },
        { confirm_last_copy: digestOf('glow') },
      ]) {
        const deleting = scene.client.call('inventory.delete', {
          params: { sha256: digestOf('loose') },
          query,
        })
        await assert.rejects(deleting, fails('blob.last_copy'))
      }
      const dry = await scene.client.call('inventory.cleanup', { body: { dry_run: false } })
      assert.deepEqual([dry.orphans_deleted, scene.seen.blobs().includes('loose')], [0, true])
    },
  ],
]

/** Documents that cannot be read, each in its way. */
const TORN: Readonly<Record<string, (text: string) => string>> = {
  'torn in the middle': (text) => text.slice(0, text.length >> 1),
  empty: () => '',
  'no document at all': () => '[1, 2]',
  'with two keys of one name': () => '{"name": "Ink", "name": "Ink"}',
}

const PYTHON: readonly Lesson[] = [
  ...Object.entries(TORN).flatMap(([how, spoil]) =>
    ['pack.json', 'lock.json'].map((name): Lesson => [
      `cleanup took the models of a pack whose ${name} is ${how} → nothing is an orphan meanwhile`,
      async (scene) => {
        const path = scene.at(`state/packs/Ink/${name}`)
        const models = scene.seen.blobs()
        const text = spoil(fs.readFileSync(path, 'utf8'))
        fs.writeFileSync(path, text)
        await assert.rejects(cleanup(scene), fails('inventory.references_unreadable'))
        assert.deepEqual([scene.seen.blobs(), fs.readFileSync(path, 'utf8')], [models, text])
      },
    ]),
  ),
  [
    'one unknown kind made a pack unreadable, and cleanup took its models → the kind is kept, the models stay',
    async (scene) => {
      const path = scene.at('state/packs/Ink/pack.json')
      fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replaceAll('"lora"', '"hologram"'))
      await cleanup(scene)
      assert.ok(scene.seen.blobs().includes('ink'))
    },
  ],
  [
    'taking a file out of a pack took it from others too → models leave by the guarded delete alone',
    async (scene) => {
      await scene.client.call('packs.create', {
        body: { name: 'Two', dependencies: [{ sha256: digestOf('ink') }] },
      })
      await scene.client.call('packs.edit', { params: { name: 'Ink' }, body: { remove: ['ink'] } })
      await scene.client.call('packs.delete', { params: { name: 'Two' } })
      assert.ok(scene.seen.blobs().includes('ink'))
    },
  ],
  [
    'resolve forgot digests that it could not find again → it never knows less than before',
    async (scene) => {
      await remove(scene, 'ink')
      await scene.client.call('packs.resolve', { params: { name: 'Ink' }, body: {} })
      assert.equal(scene.seen.pack('Ink')['ink'], 'ink')
    },
  ],
  [
    'adopting hard-linked by default, and an edit of the original spoiled the model → copying is the default',
    async (scene) => {
      const path = join(scene.world.outside, 'mine.safetensors')
      fs.writeFileSync(path, bytesOf('fresh'))
      await take(scene, path)
      fs.appendFileSync(path, 'edited')
      assert.equal(digestAt(scene.at(blobPath('fresh'))), digestOf('fresh'))
    },
  ],
  [
    'a file uploaded as ../lock.json replaced the lock → a path that leads out is refused',
    async (scene) => {
      const exported = await scene.client.call('packs.export', { params: { name: 'Ink' } })
      for (const path of [
        '../Neon/lock.json',
        'resources/../../x',
        '/etc/x',
        'a\\..\\b',
        'x\0y',
        '..',
      ]) {
        const files = [{ path, encoding: 'utf8', content: '{}' }]
        const before_ = everything(scene.at('state'))
        const restoring = scene.client.call('packs.restore', {
          body: { ...exported, name: 'Fresh', files } as never,
        })
        await assert.rejects(
          restoring,
          (error) => isAppError(error) && ['input.invalid', 'export.invalid'].includes(error.code),
          path,
        )
        assert.deepEqual(everything(scene.at('state')), before_)
      }
    },
  ],
  [
    'a deleted pack left its view, a dead active link and its name in profiles → the plan says it, and all of it is done',
    async (scene) => {
      await use(scene, 'Ink')
      const params = { name: 'Ink' }
      const plan = await scene.client.call('packs.delete', {
        params,
        query: { dry_run: 'true' },
      })
      assert.deepEqual(
        [plan.removed_from_profiles, plan.removed_profiles, plan.goes_back_in_uis.toSorted()],
        [['global'], ['work__Ink'], ['alpha', 'beta']],
      )
      await scene.client.call('packs.delete', { params })
      assert.deepEqual(
        [
          scene.seen.active('alpha'),
          scene.seen.profile('global'),
          scene.seen.has('data/views/alpha/profiles/work__Ink'),
        ],
        ['profiles/global', ['Neon', 'Evil'], false],
      )
    },
  ],
  [
    'back between two equal entries said that it was at the base → it pops one',
    async (scene) => {
      await use(scene, 'Ink')
      const path = scene.at('data/runtime.json')
      fs.writeFileSync(
        path,
        fs.readFileSync(path, 'utf8').replaceAll('"work__Ink"', '"work__Ink", "work__Ink"'),
      )
      await scene.client.call('profiles.back', { body: {} })
      assert.deepEqual(scene.seen.stack('alpha'), ['global', 'work__Ink'])
    },
  ],
  [
    'a stack disagreed with what was shown → doctor finds and mends it',
    async (scene) => {
      fs.rmSync(scene.at('data/views/beta/active'))
      fs.symlinkSync('profiles/nowhere', scene.at('data/views/beta/active'))
      const report = await work(scene.client, 'store.doctor', { repair: true })
      assert.deepEqual([report['healthy'], scene.seen.active('beta')], [true, 'profiles/global'])
    },
  ],
  [
    'a reset that failed had already cleared the stack → the stack changes last, or not at all',
    async (scene) => {
      await use(scene, 'Ink')
      fs.rmSync(scene.at(`${VIEW}/vae/glow.safetensors`))
      put(scene.world.root, { [`${VIEW}/vae/glow.safetensors`]: 'being written' })
      await assert.rejects(
        scene.client.call('profiles.reset', { body: { sync: true } }),
        fails('view.path_taken'),
      )
      assert.deepEqual(
        [scene.seen.stack('alpha'), scene.seen.active('beta')],
        [['global', 'work__Ink'], 'profiles/work__Ink'],
      )
    },
  ],
  [
    'first_wins had no effect, and nobody was told what was shadowed → it has, and status lists it',
    async (scene) => {
      const path = scene.at('state/profiles/global/profile.json')
      fs.writeFileSync(path, fs.readFileSync(path, 'utf8').replace('last_wins', 'first_wins'))
      await sync(scene)
      assert.equal(scene.seen.shown('alpha')['models/loras/ink.safetensors'], 'ink')
      const status = await scene.client.call('profiles.status')
      assert.ok(JSON.stringify(status).includes(digestOf('neon')))
    },
  ],
  [
    'a file whose path has a space could not be taken in → names are data',
    async (scene) => {
      const name = 'loras/my “best” 墨 🖌 model (v2) #1 %20.safetensors'
      put(scene.world.outside, { [name]: 'odd' })
      const result = await take(scene, join(scene.world.outside, name), { pack: 'Odd names' })
      assert.equal(result['imported'], 1)
      assert.ok(Object.keys(scene.seen.shown('alpha')).some((path) => path.includes('墨')))
    },
  ],
]

const ask = (scene: Scene, path: string, init: RequestInit = {}) => {
  const headers = new Headers({
    host: HOST,
    authorization: `Bearer ${scene.synapse.auth.ownerToken}`,
  })
  for (const [name, value] of new Headers(init.headers)) headers.set(name, value)
  return scene.synapse.app.request(`${ORIGIN}${path}`, { ...init, headers })
}

const rows = Object.entries(ENDPOINTS) as [EndpointId, Endpoint][]
const json = { 'content-type': 'application/json' }

/** A token of a paired browser. */
async function pairedToken({ synapse }: Scene): Promise<string> {
  const { auth } = synapse
  const started = auth.startPairing({ label: 'desk', userAgent: 'x', way: 'direct' } as never)
  auth.decidePairing(started.code, true)
  return (await auth.pollPairing(started.id, started.secret)).token ?? ''
}

const ATTACKS: readonly Lesson[] = [
  ...(
    [
      ['another site posted forms', { origin: 'http://evil.example' }],
      ['a sandboxed page sent Origin: null', { origin: 'null' }],
      ['a rebound name reached the service', { host: 'evil.example:8377' }],
      [
        'a rebound name came with an origin that agreed',
        { host: 'evil.example', origin: 'http://evil.example' },
      ],
      ['a page of another site sent no origin at all', { 'sec-fetch-site': 'cross-site' }],
      ['a page of a neighbouring port asked', { origin: 'http://127.0.0.1:9999' }],
    ] as const
  ).map(([what, headers]): Lesson => [
    `${what} → refused before anything is read`,
    async (scene) => {
      const body = JSON.stringify({ pack: 'Ink' })
      const response = await ask(scene, '/api/profiles/use', {
        method: 'POST',
        body,
        headers: { ...json, ...headers },
      })
      assert.equal(response.status, 403)
      assert.deepEqual(scene.seen.stack('alpha'), ['global'])
    },
  ]),
  [
    'a body that a plain form can send changed something → only JSON is taken',
    async (scene) => {
      for (const type of [
        'text/plain',
        'application/x-www-form-urlencoded',
        'multipart/form-data',
      ]) {
        const init = { method: 'POST', body: '{"pack":"Ink"}', headers: { 'content-type': type } }
        assert.equal((await ask(scene, '/api/profiles/use', init)).status, 415, type)
      }
    },
  ],
  [
    'an image tag changed the state by GET → reading changes nothing',
    async (scene) => {
      await sync(scene)
      const before_ = everything(scene.world.root)
      for (const [, endpoint] of rows.filter(([, one]) => one.method === 'GET')) {
        if (endpoint.path.endsWith('/events')) continue
        const response = await ask(
          scene,
          pathOf(endpoint, { name: 'Ink', sha256: digestOf('ink') }),
        )
        await response.body?.cancel()
      }
      assert.deepEqual(everything(scene.world.root), before_)
    },
  ],
  [
    'services without a token were open to all who reached them → every door but the open ones asks for one',
    async (scene) => {
      for (const [id, endpoint] of rows.filter(([, one]) => one.door !== 'open')) {
        for (const authorization of [
          '',
          'Bearer guessed',
          `Basic ${scene.synapse.auth.ownerToken}`,
        ]) {
          const init = { ...leastInit(id, endpoint) }
          const headers = {
            ...(init.headers as Record<string, string> | undefined),
            authorization,
            cookie: `token=${scene.synapse.auth.ownerToken}`,
          }
          assert.equal((await ask(scene, pathOf(endpoint), { ...init, headers })).status, 401, id)
        }
      }
    },
  ],
  [
    'settings lay below a folder that the web server showed → only the page and the docs are served',
    async (scene) => {
      const secret = fs.readFileSync(scene.at('state/config.json'), 'utf8')
      for (const path of [
        '/../package.json',
        '/%2e%2e/package.json',
        '/assets/..%2f..%2fpackage.json',
        '/docs/..%2f..%2fpackage.json',
        '/docs/%2e%2e/package.json',
        '/state/config.json',
        `/${scene.world.root}/state/config.json`,
        '/..%5c..%5cpackage.json',
      ]) {
        const text = await (await ask(scene, path)).text()
        assert.ok(!text.includes('"synapse"') && !text.includes(secret), path)
      }
    },
  ],
  [
    'nodes of others ran installers and stole keys → the extension installs nothing and starts nothing',
    async () => {
      const folder = join(import.meta.dirname, '../../comfy-extension')
      const files = walk(folder).filter(
        ({ path, kind }) => kind === 'file' && !path.includes('__pycache__'),
      )
      assert.ok(!files.some(({ path }) => /requirements.*\.txt|install\.py|setup\.py/u.test(path)))
      for (const { path, absolute } of files.filter((one) => one.path.endsWith('.py'))) {
        assert.doesNotMatch(
          fs.readFileSync(absolute, 'utf8'),
          /subprocess|os\.system|\bpip\b|\beval\(|(?<![.\w])exec\(|pickle|torch\.load/u,
          path,
        )
      }
    },
  ],
  [
    'a name with .. deleted the folder above → names that lead elsewhere are refused',
    async (scene) => {
      const before_ = everything(scene.at('state'))
      for (const part of [
        '%2e%2e',
        '%2e',
        '..%2fNeon',
        '%2e%2e%2f%2e%2e%2fdata',
        'a%5cb',
        'x%00',
        '%252e%252e',
        '..;',
      ]) {
        for (const method of ['DELETE', 'PATCH', 'GET']) {
          const init = { method, ...(method === 'PATCH' ? { body: '{}', headers: json } : {}) }
          const { status } = await ask(scene, `/api/packs/-/${part}`, init)
          assert.ok([400, 404, 405].includes(status), `${method} ${part}: ${String(status)}`)
        }
      }
      for (const name of ['..', '.', '../Neon', 'a/b', 'a\\b', 'x\0', '../../data', '']) {
        const creating = scene.client.call('packs.create', { body: { name } })
        await assert.rejects(creating, fails('input.invalid'), name)
        const dependencies = [{ sha256: digestOf('ink'), filename: name }]
        await assert.rejects(
          scene.client.call('packs.create', { body: { name: 'P', dependencies } }),
          fails('input.invalid'),
          name,
        )
        await assert.rejects(
          scene.client.call('profiles.activate', { body: { profile: name } }),
          (error) =>
            isAppError(error) && ['input.invalid', 'profile.not_found'].includes(error.code),
        )
      }
      assert.deepEqual(everything(scene.at('state')), before_)
    },
  ],
  [
    'a digest became a path before anybody looked at it → only a digest is one',
    async (scene) => {
      for (const sha256 of [
        '../../../etc/passwd',
        '..%2f..',
        'sha256-../x',
        'a'.repeat(63),
        `${'a'.repeat(64)}/..`,
        'A'.repeat(64),
      ]) {
        for (const method of ['GET', 'DELETE']) {
          const { status } = await ask(
            scene,
            `/api/store/inventory/${encodeURIComponent(sha256)}`,
            { method },
          )
          assert.ok([400, 404].includes(status), `${sha256}: ${String(status)}`)
        }
      }
    },
  ],
  [
    'names in a pack of somebody else led out of the view → such a file gets no link',
    async (scene) => {
      const path = scene.at('state/packs/Ink/pack.json')
      const text = fs.readFileSync(path, 'utf8')
      for (const name of ['../../../../outside/x', '/etc/passwd', '..', 'sub/../../x']) {
        fs.writeFileSync(path, text.replaceAll('"ink.safetensors"', JSON.stringify(name)))
        await sync(scene)
        assert.ok(!Object.values(scene.seen.shown('alpha')).includes('ink'), name)
      }
      assert.equal(fs.existsSync(join(scene.world.outside, 'x')), false)
    },
  ],
  [
    'a link inside an allowed folder led out of it → links are resolved before a browser may import',
    async (scene) => {
      const { world, client } = scene
      const allowed = join(world.outside, 'new')
      await client.call('store.config_edit', { body: { import_roots: [allowed] } })
      put(world.folder, { 'secret/diary.safetensors': 'secret' })
      fs.symlinkSync(join(world.folder, 'secret'), join(allowed, 'way-out'))
      fs.symlinkSync(
        join(world.folder, 'secret/diary.safetensors'),
        join(allowed, 'loras/way-out.safetensors'),
      )
      const authorization = `Bearer ${await pairedToken(scene)}`
      for (const path of [
        join(allowed, 'way-out'),
        join(allowed, '../library'),
        `${allowed}/..`,
        join(allowed, 'loras/way-out.safetensors'),
      ]) {
        const init = {
          method: 'POST',
          body: JSON.stringify({ paths: [path] }),
          headers: { ...json, authorization },
        }
        assert.equal((await ask(scene, '/api/imports', init)).status, 403, path)
      }
      const init = {
        method: 'POST',
        body: JSON.stringify({ paths: [allowed] }),
        headers: { ...json, authorization },
      }
      const job = (await (await ask(scene, '/api/imports', init)).json()) as { id: string }
      await scene.synapse.services.jobs.wait(job.id)
      assert.ok(
        !scene.seen.blobs().includes(sha256Of(Buffer.from('secret'))),
        'the files of a linked folder were taken',
      )
    },
  ],
  [
    'folders of the machine could be listed → outside its roots a browser learns not even what is there',
    async (scene) => {
      const authorization = `Bearer ${await pairedToken(scene)}`
      const answers = await Promise.all(
        ['/etc', '/nowhere/at/all', '/root/.ssh'].map(async (path) => {
          const init = {
            method: 'POST',
            body: JSON.stringify({ paths: [path] }),
            headers: { ...json, authorization },
          }
          const response = await ask(scene, '/api/imports/preview', init)
          return `${String(response.status)} ${((await response.json()) as { code: string }).code}`
        }),
      )
      assert.deepEqual([...new Set(answers)], ['403 auth.path_not_allowed'])
    },
  ],
  [
    'a paired page could do what its owner could → approving, emptying and settings are the owner’s',
    async (scene) => {
      const authorization = `Bearer ${await pairedToken(scene)}`
      for (const [id, endpoint] of rows.filter(([, one]) => one.door === 'owner')) {
        const init = leastInit(id, endpoint)
        const headers = { ...(init.headers as Record<string, string> | undefined), authorization }
        assert.equal((await ask(scene, pathOf(endpoint), { ...init, headers })).status, 403, id)
      }
    },
  ],
  [
    'whoever came through ComfyUI was the owner → that way never is, whatever its token',
    async (scene) => {
      const headers = { 'x-synapse-via': 'comfyui' }
      assert.equal((await ask(scene, '/api/trash', { method: 'DELETE', headers })).status, 403)
    },
  ],
  [
    'opening a model ran its code → a pickle is never opened, and no interface sees it before its approval',
    async (scene) => {
      const pickles = ['a.ckpt', 'b.pt', 'c.pt2', 'd.pth', 'e.bin', 'f.pkl', 'G.CKPT', 'h.ckpt.PT']
      const proof = join(scene.world.folder, 'it-ran')
      const code = `cos\nsystem\n(S'touch ${proof}'\ntR.`
      put(
        join(scene.world.outside, 'pickles/checkpoints'),
        Object.fromEntries(pickles.map((name) => [name, code + name])),
      )
      await take(scene, join(scene.world.outside, 'pickles'), { pack: 'Pickles' })
      await work(scene.client, 'store.doctor', {
        repair: true,
        rebuild_views: true,
        verify_blobs: true,
      })
      const shown = () =>
        Object.keys(scene.seen.shown('alpha')).filter((path) => !path.endsWith('.safetensors'))
      assert.deepEqual([shown(), fs.existsSync(proof)], [[], false])
      const sha256 = sha256Of(Buffer.from(`${code}b.pt`))
      await scene.client.call('inventory.approve', { params: { sha256 }, body: {} })
      assert.deepEqual(shown(), ['models/checkpoints/b.pt'])
    },
  ],
  [
    'a pickle came under another name → it is held back by the name that it came with',
    async (scene) => {
      const dependencies = [{ sha256: digestOf('evil'), filename: 'harmless.safetensors' }]
      await scene.client.call('packs.create', { body: { name: 'Harmless', dependencies } })
      assert.ok(!Object.values(scene.seen.shown('alpha')).includes('evil'))
    },
  ],
  [
    'a file was swapped for a link while it was taken in → what was looked at is what is taken',
    async (scene) => {
      put(scene.world.folder, { 'secret.txt': 'secret' })
      const path = join(scene.world.outside, 'new', MODELS.fresh)
      for (const mode of ['copy', 'move', 'link']) {
        for (let at = 1; at < 12; at += 1) {
          let calls = 0
          const swap = () => {
            calls += 1
            if (calls !== at || !fs.existsSync(path)) return
            fs.rmSync(path)
            fs.symlinkSync(join(scene.world.folder, 'secret.txt'), path)
          }
          await watching(swap, () => take(scene, path, { mode }).catch(() => undefined))
          assert.equal(fs.readFileSync(join(scene.world.folder, 'secret.txt'), 'utf8'), 'secret')
          assert.ok(
            !scene.seen.blobs().includes(sha256Of(Buffer.from('secret'))),
            `${mode}, call ${String(at)}`,
          )
          fs.rmSync(path, { force: true })
          put(scene.world.outside, { [`new/${MODELS.fresh}`]: bytesOf('fresh') })
        }
      }
    },
  ],
]

describe('lessons', () => {
  let stage: Stage
  before(async () => {
    stage = await Stage.open('lessons')
  })
  after(() => {
    stage[Symbol.dispose]()
  })

  async function play(t: TestContext, run: Lesson[1]): Promise<void> {
    stage.setBack('base')
    const { world } = stage
    const kept = rememberBytes(world)
    const synapse = await openQuick(world)
    const at = (path: string) => join(world.root, path)
    try {
      await run({ t, world, seen: new Seen(world), synapse, client: synapse.client, at })
    } finally {
      await closeQuick(synapse)
    }
    const lost = brokenInvariants(world, kept).filter((problem) => /^[458]:/u.test(problem))
    assert.deepEqual(
      lost.filter((problem) => !problem.includes('strange name')),
      [],
    )
  }

  for (const [title, lessons] of Object.entries({
    'what was lost': LOSSES,
    'faults of the Python program': PYTHON,
    attacks: ATTACKS,
  })) {
    describe(title, () => {
      for (const [lesson, run] of lessons) it(lesson, (t) => play(t, run))
    })
  }
})
