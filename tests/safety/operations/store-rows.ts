/** The store as a whole. */
import fs from 'node:fs'
import { join, relative } from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import type { Job } from '../../../schemas/jobs.ts'
import { adoptJob } from '../../../sidecar/app/jobs/kinds/adopt.ts'
import { syncActiveViews } from '../../../sidecar/domain/profiles/sync-views.ts'
import { remove, use } from '../calls.ts'
import { readJson, trashFolders } from '../seen.ts'
import { safetensors } from '../../_support/model-bytes.ts'
import {
  bytesOf,
  ended,
  KIND_MAP,
  letRest,
  openSandbox,
  put,
  sha256Of,
  work,
  type Sandbox,
} from '../sandbox.ts'
import { corruptStore } from './corrupt.ts'
import {
  after,
  afterUse,
  ALL,
  eq,
  GLOBAL_VIEW,
  INK_VIEW,
  undoOf,
  UP,
  view,
  type Operation,
} from './operation.ts'

async function leavePartials(_c: Client, sandbox: Sandbox): Promise<undefined> {
  const old = {
    'data/tmp/01890a5d-ac96-774b-bcce-b302099a8057.part': 'half',
    'state/packs/Ink/.pack.json.0a1b2c3d4e5f.synapse-tmp': '{',
  }
  put(sandbox.root, old)
  for (const path of Object.keys(old)) letRest(join(sandbox.root, path))
}

/** The time of the trash is over. */
async function expireTrash(_c: Client, { root }: Sandbox): Promise<void> {
  for (const folder of trashFolders(root)) {
    const path = relative(root, join(folder, 'entry.json'))
    const entry = readJson<object>(join(root, path))
    put(root, { [path]: JSON.stringify({ ...entry, expires_at: '2020-01-01T00:00:00.000Z' }) })
  }
}

const UNMANAGED = 'models/loras/found.safetensors'
const UNMANAGED_BYTES = Buffer.from("the user's own\n".repeat(9))
const UNMANAGED_DIGEST = sha256Of(UNMANAGED_BYTES)

/** A downloader writes a model to where the interface looks. */
function leaveUnmanagedIn(profile: string) {
  return async (_c: Client, { root }: Sandbox): Promise<undefined> => {
    const path = `data/views/alpha/profiles/${profile}/${UNMANAGED}`
    put(root, { [path]: UNMANAGED_BYTES })
    letRest(join(root, path))
  }
}

const ID_FILES = ['data', 'data/blobs', 'state'].map((part) => `${part}/.synapse-id`)

/** A store of an older version, before its parts had ids. */
async function forgetIds(_c: Client, { root }: Sandbox): Promise<undefined> {
  for (const path of [...ID_FILES, 'data/.synapse-state']) {
    fs.rmSync(join(root, path), { force: true })
  }
}

const INK = 'models/loras/ink.safetensors'
const NEW_BYTES = safetensors('a new version')
const NEW_DIGEST = sha256Of(NEW_BYTES)

/** An interface saves a file over the link to the Ink pack's model, in the view of each profile. */
function saveOver(bytes: Uint8Array, profile: string) {
  return async (_c: Client, { root }: Sandbox): Promise<undefined> => {
    const path = `data/views/alpha/profiles/${profile}/${INK}`
    fs.rmSync(join(root, path), { force: true })
    put(root, { [path]: bytes })
    letRest(join(root, path))
  }
}

const adopt: Operation['run'] = async (c, _w, _note, { services }) =>
  ended(c, await services.jobs.start(adoptJob(services)))

/** An editor gives a file of the pack Ink another name. */
async function renameByHand(_c: Client, { root }: Sandbox): Promise<undefined> {
  const path = 'state/packs/Ink/pack.json'
  const text = fs.readFileSync(join(root, path), 'utf8')
  put(root, { [path]: text.replaceAll('"ink.safetensors"', '"by hand.safetensors"') })
  letRest(join(root, path))
}

const GAMMA = { kind_map: { gamma: { lora: 'loras' } }, ui_sets: { both: ['alpha', 'gamma'] } }

export const STORE: readonly Operation[] = [
  {
    name: 'init',
    covers: ['store.init'],
    start: 'settings',
    run: (c) => c.call('store.init', { body: {} }),
    settled: (s) => {
      view(s, [UP], {})
      eq(s.profile('global'), [])
    },
  },
  {
    name: 'ids come into an older store',
    covers: ['store.config_edit'],
    prepare: forgetIds,
    run: (c) => c.call('store.config_edit', { body: { trash: { days: 9 } } }),
    settled: (s) => {
      eq(s.json<{ trash: object }>('state/config.json')?.trash, { days: 9 })
      const ids = ID_FILES.map((path) => s.json<{ store?: string; state?: string }>(path))
      eq(ids[0]?.store !== undefined && ids[0].store === ids[1]?.store, true)
      eq(ids[2]?.state, s.json<{ state: string }>('data/.synapse-state')?.state)
    },
  },
  {
    name: 'config: a new interface',
    covers: ['store.config_edit'],
    run: (c) => c.call('store.config_edit', { body: GAMMA }),
    settled: (s) =>
      eq(s.json<{ ui: { kind_map: object } }>('state/config.json')?.ui.kind_map, {
        ...KIND_MAP,
        gamma: { lora: 'loras' },
      }),
  },
  {
    name: 'config: another folder',
    covers: ['store.config_edit'],
    prepare: afterUse('Ink'),
    run: (c) =>
      c.call('store.config_edit', { body: { kind_map: { alpha: { vae: 'models/vae' } } } }),
    settled: (s) => eq(s.shown('alpha')['models/vae/glow.safetensors'], 'glow'),
  },
  {
    name: 'doctor: repair',
    startsBroken: true,
    covers: ['store.doctor'],
    prepare: (_c, w) => corruptStore(w),
    run: (c) => work(c, 'store.doctor', { repair: true, rebuild_views: true }),
    settled: (s) => view(s, [UP], GLOBAL_VIEW),
  },
  {
    name: 'doctor: rebuild the index',
    covers: ['store.doctor'],
    run: (c) => work(c, 'store.doctor', { rebuild_index: true }),
    settled: (s) => eq(s.blobs(), ALL),
  },
  {
    name: 'clean',
    covers: ['store.clean'],
    prepare: leavePartials,
    run: (c) => c.call('store.clean', { body: { dry_run: false } }),
    settled: (s) =>
      eq(
        [
          s.has('data/tmp/01890a5d-ac96-774b-bcce-b302099a8057.part'),
          s.has('state/packs/Ink/.pack.json.0a1b2c3d4e5f.synapse-tmp'),
        ],
        [false, false],
      ),
  },
  {
    name: 'clean: trash that has expired',
    covers: ['store.clean'],
    prepare: after(
      (c) => remove(c, 'glow'),
      (c) => remove(c, 'loose'),
      expireTrash,
    ),
    run: (c) => c.call('store.clean', { body: { dry_run: false } }),
    mayGo: ['glow', 'loose'],
    settled: (s) => {
      eq(s.trash(), [])
    },
  },
  {
    name: 'syncing views after an outside edit of a pack',
    covers: [],
    prepare: after((c) => use(c, 'Ink'), renameByHand),
    run: (_c, _w, _note, { services }) =>
      services.store.transact('watcher', async (tx) => syncActiveViews(tx)),
    settled: (s) => {
      const seen = { ...GLOBAL_VIEW, 'models/loras/by hand.safetensors': 'ink' }
      view(s, [UP, 'work__Ink'], seen)
    },
  },
  {
    name: 'adopting a foreign file in a view',
    covers: [],
    prepare: leaveUnmanagedIn('global'),
    run: adopt,
    foreign: [`alpha/global/${UNMANAGED}`],
    settled: (s) => {
      eq(s.shown('alpha'), { ...GLOBAL_VIEW, [UNMANAGED]: UNMANAGED_DIGEST })
      eq(s.shown('beta')['Lora/found.safetensors'], undefined)
      eq(s.blobs(), [...ALL, UNMANAGED_DIGEST].sort())
    },
  },
  {
    name: 'a switch, and taking in what it leaves behind',
    covers: [],
    prepare: after((c) => use(c, 'Ink', true), leaveUnmanagedIn('only__Ink')),
    run: async (c, sandbox, note, synapse) => {
      const { adopt_job: id } = await use(c, 'Ink')
      if (id !== undefined) await ended(c, (await c.call('jobs.show', { params: { id } })) as Job)
      return adopt(c, sandbox, note, synapse)
    },
    foreign: [`alpha/only__Ink/${UNMANAGED}`],
    settled: (s) => {
      eq(s.shown('alpha'), { ...INK_VIEW, [UNMANAGED]: UNMANAGED_DIGEST })
      eq(s.blobs(), [...ALL, UNMANAGED_DIGEST].sort())
    },
  },
  {
    name: 'taking in what was saved over a link',
    covers: [],
    prepare: after((c) => use(c, 'Ink'), saveOver(NEW_BYTES, 'work__Ink')),
    run: adopt,
    foreign: [`alpha/work__Ink/${INK}`],
    settled: (s) => {
      eq(s.shown('alpha')[INK], NEW_DIGEST)
      eq(s.shown('beta')['Lora/ink.safetensors'], NEW_DIGEST)
      eq(s.pack('Ink'), { base: 'base', ink: NEW_DIGEST })
      eq(s.blobs(), [...ALL, NEW_DIGEST].sort())
    },
  },
  {
    name: 'taking in what was saved over a link of a hidden view',
    covers: [],
    prepare: after(
      (c) => use(c, 'Ink'),
      (c) => c.call('profiles.back', { body: {} }),
      saveOver(NEW_BYTES, 'work__Ink'),
    ),
    run: adopt,
    foreign: [`alpha/work__Ink/${INK}`],
    settled: (s) => {
      eq(s.pack('Ink'), { base: 'base', ink: NEW_DIGEST })
      eq(s.digestOf(`data/views/alpha/profiles/work__Ink/${INK}`), NEW_DIGEST)
    },
  },
  {
    name: 'a copy becomes a link again',
    covers: [],
    startsBroken: true,
    prepare: after((c) => use(c, 'Ink'), saveOver(bytesOf('ink'), 'work__Ink')),
    run: adopt,
    foreign: [`alpha/work__Ink/${INK}`],
    settled: (s) => {
      eq(s.shown('alpha'), INK_VIEW)
      eq(s.isLink(`data/views/alpha/profiles/work__Ink/${INK}`), true)
      eq(s.blobs(), ALL)
    },
  },
  {
    name: 'undo of taking in what was saved over a link',
    ...undoOf('view.adopt', async (c, sandbox) => {
      await saveOver(NEW_BYTES, 'global')(c, sandbox)
      await using other = await openSandbox(sandbox)
      await adopt(other.client, sandbox, '', other)
    }),
    settled: (s) => {
      view(s, [UP], GLOBAL_VIEW)
      eq(s.pack('Neon'), { neon: 'neon', glow: 'glow' })
      eq(s.blobs(), [...ALL, NEW_DIGEST].sort())
    },
  },
]
