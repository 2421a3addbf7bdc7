import assert from 'node:assert/strict'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { parse } from 'valibot'
import type { Job } from '../../../schemas/jobs.ts'
import type { EndpointId } from '../../../schemas/endpoints.ts'
import type { ErrorCode } from '../../../schemas/errors.ts'
import { ImportRequest } from '../../../schemas/imports.ts'
import type { PairStarted } from '../../../schemas/store.ts'
import { checkCancelled, type Work } from '../../../sidecar/domain/progress.ts'
import { uuidv7 } from '../../../sidecar/platform/uuid.ts'
import { GOOD_PARAMS, LEAST_BODIES, ROWS } from '../../_support/http-app.ts'
import type { TestSynapse } from '../../_support/test-synapse.ts'
import { must, noStore, realApp, type Asked, type Asker } from './real-app.ts'

type Setup = TestSynapse & Asker

const GONE = GOOD_PARAMS['id'] ?? ''
const NO_MODEL = { params: { item: 'ab'.repeat(32) } }
const NO_ENTRY = { params: { id: GONE } }
const NOT_HERE = { sha256: 'ab'.repeat(32), kind: 'lora' }
const NEWER_PACK = '{"schema":"synapse.pack.v9"}'

const askedLeast = (id: EndpointId): Asked => ({
  params: { ...GOOD_PARAMS, name: 'A' },
  body: LEAST_BODIES[id] ?? {},
})

function put(setup: Setup, place: string, content: unknown): void {
  const path = join(setup.root, place)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
}

async function model(setup: Setup, name: string, pack?: string): Promise<string> {
  const file = setup.file(`loras/${name}`, `${name} of ${pack ?? 'nobody'}`)
  const result = await setup.import({ paths: [file], ...(pack === undefined ? {} : { pack }) })
  return result.files[0]?.sha256 ?? ''
}

/** Two packs, the profile of the second one shown. */
async function twoPacks(setup: Setup): Promise<void> {
  await model(setup, 'a.safetensors', 'A')
  await model(setup, 'b.safetensors', 'B')
  await must(setup, 'profiles.use', { body: { pack: 'B' } })
}

async function switchId(setup: Setup): Promise<string> {
  const operations: { items: readonly { id: string }[] } = await must(setup, 'journal.list', {
    query: { op: 'profile.switch' },
  })
  return operations.items[0]?.id ?? ''
}

/** Two packs of the base want one path, and every profile is strict. */
async function conflict(setup: Setup): Promise<void> {
  await twoPacks(setup)
  await model(setup, 'c.safetensors', 'C')
  await model(setup, 'd.safetensors', 'D')
  const packs = ['A', 'C', 'D', 'B'].map((name) => ({ name }))
  const profile = { conflicts: { mode: 'strict' }, packs }
  for (const name of ['global', 'work__B']) {
    put(setup, `state/profiles/${name}/profile.json`, { ...profile, name })
  }
  const dependency = (id: string) => ({
    id,
    kind: 'lora',
    selector: { strategy: 'local_file' },
    expose: { filename: 'same.safetensors' },
  })
  for (const name of ['C', 'D']) {
    const { pack, lock }: { pack: object; lock: { resolved: { dependency_id: string }[] } } =
      await must(setup, 'packs.show', { params: { name } })
    const [entry] = lock.resolved
    const dependencies = [dependency(entry?.dependency_id ?? '')]
    put(setup, `state/packs/${name}/pack.json`, { ...pack, dependencies })
  }
}

/** The packs need each other. */
async function circle(setup: Setup): Promise<void> {
  await twoPacks(setup)
  for (const [name, need] of [
    ['A', 'B'],
    ['B', 'A'],
  ] as const) {
    const { pack }: { pack: object } = await must(setup, 'packs.show', { params: { name } })
    const pack_dependencies = [{ pack_name: need, required: true }]
    put(setup, `state/packs/${name}/pack.json`, { ...pack, pack_dependencies })
  }
}

/** A foreign file stands where a folder of each view must be made. */
function blockView(setup: Setup, ...profiles: readonly string[]): void {
  for (const profile of profiles) {
    const view = join(setup.root, 'data/views/comfyui/profiles', profile)
    rmSync(view, { recursive: true, force: true })
    mkdirSync(join(view, 'models'), { recursive: true })
    writeFileSync(join(view, 'models', 'vae'), 'of the user')
  }
}

/** The view of the global profile looks as if another program had begun it. */
function disownGlobalView(setup: Setup): void {
  unlinkSync(join(setup.root, 'data/ledger/links/comfyui/global.jsonl'))
}

function hideActive(setup: Setup): void {
  unlinkSync(join(setup.root, 'data/views/comfyui/active'))
}

function comfyui(setup: Setup): string {
  const path = join(setup.folder, 'ComfyUI')
  mkdirSync(join(path, 'custom_nodes', 'synapse'), { recursive: true })
  writeFileSync(join(path, 'main.py'), '')
  return path
}

async function panelToken(setup: Setup): Promise<string> {
  const asked = (await must(setup, 'auth.pair', { token: null })) as PairStarted
  await must(setup, 'auth.approve', { body: { code: asked.code } })
  const polled: { token: string } = await must(setup, 'auth.pair_state', {
    params: { id: asked.id },
    body: { secret: asked.secret },
    token: null,
  })
  return polled.token
}

async function trashed(setup: Setup): Promise<string> {
  const sha256 = await model(setup, 'lone.safetensors')
  const query = { confirm_last_copy: sha256 }
  await must(setup, 'inventory.delete', { params: { item: sha256 }, query })
  const { items }: { items: readonly { id: string }[] } = await must(setup, 'trash.list')
  return items[0]?.id ?? ''
}

const exportOf = (name: string, packJson: string) => ({
  schema: 'synapse.pack_export.v1',
  exported_at: '',
  name,
  files: [{ path: 'pack.json', encoding: 'utf8', content: packJson }],
})

const TO_FIRST = { pack: 'B', to: 'first' }

const named = (name: string, body?: object): Asked => ({ params: { name }, body })

/** An endpoint, the code that it must answer, and what it is asked. */
type Row = readonly [id: EndpointId, code: ErrorCode, asked?: Asked]

/** Every switch, asked for so that it plans the views of the profiles `global` or `work__A`. */
const switches = (code: ErrorCode, more: object = {}): Row[] => [
  ['profiles.use', code, { body: { pack: 'A', ...more } }],
  ['profiles.back', code, { body: { sync: true, ...more } }],
  ['profiles.reset', code, { body: more }],
  ['profiles.sync', code, { body: more }],
  ['profiles.activate', code, { body: { profile: 'global', ...more } }],
]

/** Brings something about and says what is answered then; nothing that is asked changes it. */
type Situation = (setup: Setup) => readonly Row[] | Promise<readonly Row[]>

/** The id of an import of the owner's that moved a file from a folder which no browser may name. */
async function movedByOwner(setup: Setup): Promise<string> {
  const paths = [setup.file('private/loras/own.safetensors', 'own')]
  const job = (await must(setup, 'imports.start', { body: { paths, mode: 'move' } })) as Job
  await setup.synapse.services.jobs.wait(job.id)
  const query = { op: 'blob.import' }
  const page: { items: { id: string }[] } = await must(setup, 'journal.list', { query })
  return page.items[0]?.id ?? ''
}

/** A job that makes no sense later, while it runs. */
async function buildingView({ synapse }: Setup): Promise<Job> {
  const run = async ({ signal }: Work) => {
    await once(signal, 'abort')
    return {}
  }
  const plan = { kind: 'view.build', request: {}, actor: 'startup', needs: {}, pausable: false }
  return synapse.services.jobs.start({ ...plan, run })
}

/** An import of the owner's that is paused. */
async function pausedImport({ synapse }: Setup, paths: readonly string[]): Promise<Job> {
  const { jobs } = synapse.services
  const request = { ...parse(ImportRequest, { paths }) }
  const run = async ({ signal }: Work) => {
    while (!signal.aborted) await sleep(2)
    checkCancelled(signal)
    return {}
  }
  const { id } = await jobs.start({ kind: 'import.files', request, actor: 'owner', needs: {}, run })
  await jobs.pause(id)
  while (jobs.get(id).state !== 'paused') await sleep(2)
  return jobs.get(id)
}

const SITUATIONS: Readonly<Record<string, Situation>> = {
  'while a view is built for an interface that starts': async (setup) => {
    const { id } = await buildingView(setup)
    return [['jobs.pause', 'job.not_pausable', { params: { id } }]]
  },

  'in an empty store': (setup) => [
    ['store.config_edit', 'profile.not_found', { body: { defaults: { use_base: 'x' } } }],
    ['store.config_edit', 'ui.not_found', { body: { startup: { x: { timeout_ms: 100 } } } }],
    ['store.config_edit', 'ui_set.not_found', { body: { defaults: { ui_set: 'x' } } }],
    ['comfyui.install', 'comfyui.not_found', { body: { path: setup.folder } }],
    ['comfyui.uninstall', 'comfyui.not_found', { body: { path: setup.folder } }],
    ['inventory.show', 'blob.not_found', NO_MODEL],
    ['inventory.impact', 'blob.not_found', NO_MODEL],
    ['inventory.approve', 'blob.not_found', NO_MODEL],
    ['inventory.revoke', 'blob.not_found', NO_MODEL],
    ['inventory.delete', 'blob.not_found', NO_MODEL],
    ['packs.create', 'pack.not_found', { body: { name: 'A', pack_dependencies: ['B'] } }],
    ['packs.create', 'blob.not_found', { body: { name: 'A', dependencies: [NOT_HERE] } }],
    ['packs.restore', 'export.invalid', { body: exportOf('A', '{') }],
    ['packs.restore', 'store.newer_format', { body: exportOf('A', NEWER_PACK) }],
    ['packs.show', 'pack.not_found', named('x')],
    ['packs.edit', 'pack.not_found', named('x', {})],
    ['packs.delete', 'pack.not_found', named('x')],
    ['packs.resolve', 'pack.not_found', named('x')],
    ['packs.export', 'pack.not_found', named('x')],
    ['profiles.show', 'profile.not_found', named('x')],
    ['profiles.edit', 'profile.not_found', named('x', {})],
    ['profiles.delete', 'profile.not_found', named('x')],
    ['profiles.delete', 'profile.protected', named('global')],
    ['profiles.edit', 'profile.protected', named('global', { rename_to: 'x' })],
    ['profiles.edit', 'pack.not_found', named('global', { add: ['x'] })],
    ['profiles.create', 'profile.name_taken', { body: { name: 'Global' } }],
    ['profiles.create', 'pack.not_found', { body: { name: 'mine', packs: ['x'] } }],
    ['profiles.use', 'pack.not_found', { body: { pack: 'x' } }],
    ['profiles.back', 'profile.stack_empty'],
    ['profiles.sync', 'profile.not_found', { body: { profile: 'x' } }],
    ['profiles.activate', 'profile.not_found', { body: { profile: 'x' } }],
    ['profiles.startup', 'ui.not_found', { body: { ui: 'x' } }],
    ['imports.preview', 'import.source_not_found', { body: { paths: [`${setup.folder}/x`] } }],
    ['imports.preview', 'import.inside_store', { body: { paths: [`${setup.root}/state`] } }],
    ['imports.start', 'import.source_not_found', { body: { paths: [`${setup.folder}/x`] } }],
    ['imports.start', 'import.inside_store', { body: { paths: [`${setup.root}/state`] } }],
    ['jobs.show', 'job.not_found', NO_ENTRY],
    ['jobs.items', 'job.not_found', { ...NO_ENTRY, query: { list: 'files' } }],
    ['jobs.cancel', 'job.not_found', NO_ENTRY],
    ['jobs.pause', 'job.not_found', NO_ENTRY],
    ['jobs.resume', 'job.not_found', NO_ENTRY],
    ['journal.show', 'journal.not_found', NO_ENTRY],
    ['journal.undo', 'journal.not_found', NO_ENTRY],
    ['quarantine.restore', 'quarantine.not_found', NO_ENTRY],
    ['quarantine.discard', 'quarantine.not_found', NO_ENTRY],
    ['trash.restore', 'trash.not_found', NO_ENTRY],
    ['trash.remove', 'trash.not_found', NO_ENTRY],
    ['auth.pair_state', 'pairing.not_found', { ...NO_ENTRY, body: { secret: 'x' }, token: null }],
    ['auth.approve', 'pairing.not_found', { body: { code: 'ABCD-2345' } }],
    ['auth.login', 'pairing.not_found', { body: { code: 'x' }, token: null }],
    ['auth.session_revoke', 'session.not_found', NO_ENTRY],
  ],

  'where two packs are, one of them in use': async (setup) => {
    await twoPacks(setup)
    const sha256 = await model(setup, 'c.safetensors')
    const used = await model(setup, 'b.safetensors', 'B')
    const last = { params: { item: used }, query: { confirm_last_copy: used } }
    await must(setup, 'packs.edit', named('A', { pack_dependencies: ['B'] }))
    put(setup, 'state/packs/C/notes.txt', 'of the user')
    put(setup, 'state/profiles/taken/notes.txt', 'of the user')
    await must(setup, 'profiles.create', { body: { name: 'mine' } })
    return [
      ['profiles.edit', 'view.path_taken', named('mine', { rename_to: 'taken' })],
      ['profiles.edit', 'profile.name_taken', named('mine', { rename_to: 'GLOBAL' })],
      ['packs.create', 'pack.name_taken', { body: { name: 'a' } }],
      ['imports.preview', 'pack.name_taken', { body: { paths: [setup.folder], pack: 'a' } }],
      ['imports.start', 'pack.name_taken', { body: { paths: [setup.folder], pack: 'a' } }],
      ['packs.restore', 'pack.name_taken', { body: exportOf('A', '{"name":"A"}') }],
      ['packs.edit', 'pack.name_taken', named('A', { rename_to: 'b' })],
      ['packs.edit', 'blob.not_found', named('A', { add: [NOT_HERE] })],
      ['packs.edit', 'pack.cycle', named('B', { pack_dependencies: ['A'] })],
      ['packs.edit', 'view.path_taken', named('A', { rename_to: 'C' })],
      ['inventory.delete', 'blob.last_copy', { params: { item: sha256 } }],
      ['inventory.delete', 'blob.in_use', last],
      [
        'inventory.delete',
        'blob.not_at_location',
        { params: { item: sha256 }, query: { target: 'backup' } },
      ],
      [
        'inventory.delete',
        'location.not_found',
        { params: { item: sha256 }, query: { target: 'x' } },
      ],
      ...switches('ui_set.not_found', { ui_set: 'x' }),
      ...switches('plan.stale', { expect: 'another' }),
    ]
  },

  'where two packs want one path, which no profile allows': async (setup) => {
    await conflict(setup)
    const id = await switchId(setup)
    hideActive(setup)
    disownGlobalView(setup)
    return [
      ...switches('profile.conflict'),
      ['journal.undo', 'profile.conflict', { params: { id } }],
      ['store.init', 'profile.conflict'],
      ['packs.delete', 'profile.conflict', named('B')],
      ['profiles.edit', 'profile.conflict', named('global', { add: ['A'], move: TO_FIRST })],
      ['profiles.delete', 'profile.conflict', named('work__B')],
    ]
  },

  'where packs need each other': async (setup) => {
    await circle(setup)
    const id = await switchId(setup)
    hideActive(setup)
    disownGlobalView(setup)
    return [
      ...switches('pack.cycle'),
      ['journal.undo', 'pack.cycle', { params: { id } }],
      ['store.init', 'pack.cycle'],
      ['packs.create', 'pack.cycle', { body: { name: 'C', pack_dependencies: ['A'] } }],
      ['packs.delete', 'pack.cycle', named('B')],
      ['profiles.delete', 'pack.cycle', named('work__B')],
    ]
  },

  'where a foreign file is in the views': async (setup) => {
    await twoPacks(setup)
    const id = await switchId(setup)
    blockView(setup, 'global', 'work__A')
    const startup = { comfyui: { activate: 'global' } }
    await must(setup, 'store.config_edit', { body: { startup } })
    return [
      ...switches('view.path_taken').filter(([switchOf]) => switchOf !== 'profiles.sync'),
      ['profiles.startup', 'view.path_taken', { body: { ui: 'comfyui' } }],
      ['journal.undo', 'view.path_taken', { params: { id } }],
      ['packs.delete', 'view.path_taken', named('B')],
      ['profiles.delete', 'view.path_taken', named('work__B')],
    ]
  },

  'where a view that is not shown yet is blocked': async (setup) => {
    await twoPacks(setup)
    blockView(setup, 'work__B')
    hideActive(setup)
    return [
      ['profiles.sync', 'view.path_taken'],
      ['store.init', 'view.path_taken'],
    ]
  },

  'where documents are broken': async (setup) => {
    await model(setup, 'a.safetensors')
    await must(setup, 'packs.create', { body: { name: 'A' } })
    put(setup, 'state/packs/A/lock.json', '{')
    put(setup, 'state/profiles/A/profile.json', '{')
    await setup.synapse.services.reconcile()
    return [
      ['inventory.cleanup', 'inventory.references_unreadable'],
      ['packs.show', 'store.document_broken', named('A')],
      ['profiles.show', 'store.document_broken', named('A')],
    ]
  },

  'where a file of a folder has no digest yet': async (setup) => {
    const id = '0195d5b2-0000-7000-8000-000000000001'
    const at = '2026-01-01T00:00:00.000Z'
    const file = { size_bytes: 1, mtime_ns: '1', ctime_ns: '1', ino: '1' }
    const seen = { event: 'seen', id: GONE, at, path: 'a.ckpt', seen: file }
    put(setup, 'data/machine.json', { locations: [{ id, kind: 'folder', path: setup.folder }] })
    put(setup, `data/ledger/files/${id}.jsonl`, `${JSON.stringify(seen)}\n`)
    await setup.synapse.services.reconcile()
    const unhashed = { params: { item: `file:${GONE}` } }
    return [
      ['inventory.delete', 'blob.not_hashed', unhashed],
      ['inventory.approve', 'blob.not_hashed', unhashed],
      ['inventory.revoke', 'blob.not_hashed', unhashed],
    ]
  },

  'where documents come from a newer version': (setup) => {
    put(setup, 'state/packs/A/pack.json', NEWER_PACK)
    put(setup, 'state/profiles/A/profile.json', { schema: 'synapse.profile.v9' })
    put(setup, 'state/config.json', { schema: 'synapse.config.v9' })
    return [
      ['packs.show', 'store.newer_format', named('A')],
      ['profiles.show', 'store.newer_format', named('A')],
      ['store.config_edit', 'store.newer_format', { body: { trash: { days: 1 } } }],
    ]
  },

  'where a pack has a large preview': async (setup) => {
    await must(setup, 'packs.create', { body: { name: 'A' } })
    put(setup, 'state/packs/A/resources/big.bin', 'x'.repeat(33 * 1024 * 1024))
    return [['packs.export', 'input.too_large', named('A')]]
  },

  'where something else has our name in a ComfyUI': (setup) => {
    const body = { path: comfyui(setup) }
    return [
      ['comfyui.install', 'view.path_taken', { body }],
      ['comfyui.uninstall', 'view.path_taken', { body }],
    ]
  },

  'where the bytes are gone from the trash, and an operation is undone already': async (setup) => {
    const id = await trashed(setup)
    unlinkSync(join(setup.root, 'data/trash', id, 'blob'))
    await twoPacks(setup)
    const params = { id: await switchId(setup) }
    await must(setup, 'journal.undo', { params })
    return [
      ['trash.restore', 'blob.not_found', { params: { id } }],
      ['journal.undo', 'journal.not_undoable', { params }],
    ]
  },

  'where a damaged model lies in the trash': async (setup) => {
    const id = await trashed(setup)
    const entry = join(setup.root, 'data/trash', id, 'entry.json')
    const record = JSON.parse(readFileSync(entry, 'utf8')) as object
    writeFileSync(entry, JSON.stringify({ ...record, bad: true }))
    return [['trash.restore', 'blob.integrity_mismatch', { params: { id } }]]
  },

  'where files lie in quarantine': async (setup) => {
    const [lost, taken] = [uuidv7(1), uuidv7(2)]
    put(setup, `data/quarantine/${lost}/a.safetensors`, 'without a record')
    const from = 'data/views/comfyui/profiles/global/models/loras/b.safetensors'
    put(setup, from, 'newer')
    put(setup, `data/quarantine/${taken}/b.safetensors`, 'older')
    const at = '2026-01-02T03:04:05Z'
    put(setup, `data/quarantine/${taken}/origin.json`, { from, at })
    return [
      ['quarantine.restore', 'quarantine.no_origin', { params: { id: lost } }],
      ['quarantine.restore', 'view.path_taken', { params: { id: taken } }],
      ['quarantine.discard', 'blob.last_copy', { params: { id: lost } }],
    ]
  },

  'where what lies in the trash was imported again': async (setup) => {
    const id = await trashed(setup)
    await model(setup, 'lone.safetensors')
    return [['trash.restore', 'blob.already_here', { params: { id } }]]
  },

  'to a paired browser': async (setup) => {
    const token = await panelToken(setup)
    const paths = [setup.folder]
    const id = await movedByOwner(setup)
    const job = await pausedImport(setup, paths)
    return [
      ['jobs.resume', 'auth.path_not_allowed', { params: { id: job.id }, token }],
      ['journal.undo', 'auth.path_not_allowed', { params: { id }, token }],
      ['imports.preview', 'auth.path_not_allowed', { body: { paths }, token }],
      ['imports.start', 'auth.path_not_allowed', { body: { paths }, token }],
    ]
  },

  'while the service stops': async (setup) => {
    await model(setup, 'a.safetensors', 'A')
    await must(setup, 'profiles.use', { body: { pack: 'A', ui_set: 'comfyui' } })
    const startup = { forge: { activate: 'work__A' } }
    await must(setup, 'store.config_edit', { body: { startup } })
    await setup.synapse.services.jobs[Symbol.asyncDispose]()
    const starts = ROWS.filter(([, { status }]) => status === 202)
    return [
      ...starts.map(([id]): Row => [id, 'service.not_running', askedLeast(id)]),
      ['profiles.startup', 'service.not_running', { body: { ui: 'forge' } }],
    ]
  },

  'where the folder holds something else': (setup) => {
    for (const name of ['state', 'data']) rmSync(join(setup.root, name), { recursive: true })
    put(setup, 'foreign.txt', 'x')
    return [['store.init', 'store.root_unusable']]
  },
}

/** Codes whose cause cannot be brought about here: folders that hang, other processes. */
const ELSEWHERE: readonly ErrorCode[] = ['store.network_lock', 'path.offline', 'job.elsewhere']
/** Rows whose cause is a race. */
const RACES = new Set(['quarantine.discard: import.source_changed'])

describe('problems that an endpoint lists', () => {
  const answered = new Set<string>()

  async function ask(asker: Asker, rows: readonly Row[]): Promise<void> {
    const wrong: string[] = []
    for (const [id, code, asked] of rows) {
      const { code: got, body } = await asker.ask(id, asked)
      if (got === code) answered.add(`${id}: ${code}`)
      else wrong.push(`${id}: not ${code} but ${JSON.stringify(body)}`)
    }
    assert.deepEqual(wrong, [])
  }

  for (const [where, setUp] of Object.entries(SITUATIONS)) {
    it(`are answered ${where}`, async (t) => {
      const setup = await realApp(t)
      await ask(setup, await setUp(setup))
    })
  }

  it('are answered where there is no store, and none is made by that', async (t) => {
    const code = 'store.not_initialized'
    for (const [id, { errors }] of ROWS) {
      if (!errors.includes(code)) continue
      const asker = await noStore(t)
      await ask(asker, [[id, code, askedLeast(id)]])
      assert.equal(existsSync(asker.root), false, id)
    }
  })

  it('are all answered somewhere above', () => {
    const listed = ROWS.flatMap(([id, { errors }]) =>
      errors.filter((code) => !ELSEWHERE.includes(code)).map((code) => `${id}: ${code}`),
    )
    assert.deepEqual(
      listed.filter((row) => !answered.has(row) && !RACES.has(row)),
      [],
    )
  })
})
