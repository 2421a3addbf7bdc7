/** The store as a whole. */
import { join } from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import { KIND_MAP, letRest, put, work, type World } from '../world.ts'
import { spoilStore } from './spoil.ts'
import { afterUse, ALL, eq, GLOBAL_VIEW, UP, view, type Operation } from './operation.ts'

async function leavePartials(_c: Client, world: World): Promise<undefined> {
  const old = { 'data/tmp/0000.part': 'half', 'state/packs/Ink/.pack.json.0a1b.synapse-tmp': '{' }
  put(world.root, old)
  for (const path of Object.keys(old)) letRest(join(world.root, path))
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
    prepare: (_c, w) => spoilStore(w),
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
        [s.has('data/tmp/0000.part'), s.has('state/packs/Ink/.pack.json.0a1b.synapse-tmp')],
        [false, false],
      ),
  },
]
