/** What interfaces see: switches of all kinds. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import { edit, file, sync, use } from '../calls.ts'
import { letRest, put, sha256Of, type Sandbox } from '../sandbox.ts'
import { corruptStore } from './corrupt.ts'
import {
  after,
  afterUse,
  eq,
  GLOBAL_VIEW,
  INK_VIEW,
  undoOf,
  UP,
  view,
  type Operation,
} from './operation.ts'

const BLOCKED = 'data/views/alpha/profiles/only__Ink/models/loras/ink.safetensors'

/** A foreign file where the view of `only__Ink` will want its first link. */
async function blockPath(_c: Client, sandbox: Sandbox): Promise<undefined> {
  put(sandbox.root, { [BLOCKED]: 'made by the user' })
  letRest(join(sandbox.root, BLOCKED))
}

/** That file in quarantine; gives the id of its entry. */
async function quarantine(c: Client, sandbox: Sandbox): Promise<string | undefined> {
  await blockPath(c, sandbox)
  await use(c, 'Ink', true)
  return (await c.call('quarantine.list')).items[0]?.id
}

const FOREIGN_DIGEST = sha256Of(Buffer.from('made by the user'))

/** A folder in the place of the active link, with what a copy that follows links leaves there. */
async function copyActive(c: Client, { root }: Sandbox): Promise<undefined> {
  await use(c, 'Ink')
  const active = join(root, 'data/views/alpha/active')
  fs.rmSync(active)
  fs.cpSync(join(root, 'data/views/alpha/profiles/work__Ink'), active, {
    recursive: true,
    dereference: true,
  })
}

/** A foreign file in the place of a link that was there. */
async function replaceLink(c: Client, sandbox: Sandbox): Promise<undefined> {
  await use(c, 'Ink', true)
  await c.call('profiles.back', { body: {} })
  fs.rmSync(join(sandbox.root, BLOCKED))
  await blockPath(c, sandbox)
}

function loseLink(sandbox: Sandbox): Promise<void> {
  fs.rmSync(join(sandbox.root, 'data/views/alpha/profiles/work__Neon/vae/glow.safetensors'))
  return Promise.resolve()
}

export const SWITCHES: readonly Operation[] = [
  {
    name: 'use',
    covers: ['profiles.use'],
    run: (c) => use(c, 'Ink'),
    settled: (s) => view(s, [UP, 'work__Ink'], INK_VIEW),
  },
  {
    name: 'use only',
    covers: ['profiles.use'],
    run: (c) => use(c, 'Neon', true),
    settled: (s) =>
      view(s, [UP, 'only__Neon'], {
        'models/loras/ink.safetensors': 'neon',
        'vae/glow.safetensors': 'glow',
      }),
  },
  {
    name: 'use again, pack changed',
    covers: ['profiles.use'],
    prepare: after(
      (c) => use(c, 'Ink'),
      (c) => use(c, 'Neon'),
      (c) => edit(c, 'Ink', { remove: ['base'], add: [file('loose', 'loose.safetensors')] }),
      (_c, w) => loseLink(w),
    ),
    run: (c) => use(c, 'Neon'),
    settled: (s) =>
      view(s, [UP, 'work__Ink', 'work__Neon'], {
        'models/loras/ink.safetensors': 'neon',
        'models/loras/loose.safetensors': 'loose',
        'vae/glow.safetensors': 'glow',
      }),
  },
  {
    name: 'back',
    covers: ['profiles.back'],
    prepare: afterUse('Ink'),
    run: (c) => c.call('profiles.back', { body: {} }),
    done: ['profile.stack_empty'],
    settled: (s) => view(s, [UP], GLOBAL_VIEW),
  },
  {
    name: 'reset',
    covers: ['profiles.reset'],
    prepare: afterUse('Ink', 'Neon'),
    run: (c) => c.call('profiles.reset', { body: { sync: true } }),
    settled: (s) => view(s, [UP], GLOBAL_VIEW),
  },
  {
    name: 'sync',
    startsBroken: true,
    covers: ['profiles.sync'],
    prepare: (_c, w) => corruptStore(w),
    run: sync,
    settled: (s) => view(s, [UP], GLOBAL_VIEW),
  },
  {
    name: 'activate',
    covers: ['profiles.activate'],
    prepare: afterUse('Ink', 'Neon'),
    run: (c) => c.call('profiles.activate', { body: { profile: 'work__Ink' } }),
    settled: (s) => view(s, [UP, 'work__Ink'], INK_VIEW),
  },
  {
    name: 'startup',
    covers: ['profiles.startup'],
    prepare: after(
      (c) => use(c, 'Ink'),
      (c) => c.call('store.config_edit', { body: { startup: { alpha: { activate: UP } } } }),
    ),
    run: (c) => c.call('profiles.startup', { body: { ui: 'alpha' } }),
    settled: (s) => eq([s.stack('alpha'), s.active('alpha')], [[UP], 'profiles/global']),
  },
  {
    name: 'undo switch',
    ...undoOf('profile.switch', (c) => use(c, 'Ink')),
    settled: (s) => view(s, [UP], GLOBAL_VIEW),
  },
  {
    name: 'quarantine of a file in the way',
    covers: ['profiles.use'],
    prepare: blockPath,
    foreign: ['alpha/only__Ink/models/loras/ink.safetensors'],
    run: (c) => use(c, 'Ink', true),
    settled: (s) => {
      eq(s.shown('alpha')['models/loras/ink.safetensors'], 'ink')
      eq(s.quarantined(), ['made by the user'])
    },
  },
  {
    name: 'a file that took the place of a link stays',
    covers: ['profiles.use'],
    prepare: replaceLink,
    foreign: ['alpha/only__Ink/models/loras/ink.safetensors'],
    run: (c) => use(c, 'Ink', true),
    settled: (s) => {
      eq(s.bytes(BLOCKED), 'made by the user')
      eq(s.shown('beta'), {
        'Stable-diffusion/base.safetensors': 'base',
        'Lora/ink.safetensors': 'ink',
      })
      eq(s.quarantined(), [])
    },
  },
  {
    name: 'restore from quarantine',
    covers: ['quarantine.restore'],
    prepare: quarantine,
    foreign: ['alpha/only__Ink/models/loras/mine.safetensors'],
    run: (c, _w, id) =>
      c.call('quarantine.restore', { params: { id }, body: { as: 'mine.safetensors' } }),
    done: ['quarantine.not_found'],
    settled: (s) => {
      eq(s.bytes(BLOCKED.replace('ink.', 'mine.')), 'made by the user')
      eq(s.quarantined(), [])
    },
  },
  {
    name: 'discard from quarantine',
    covers: ['quarantine.discard'],
    prepare: quarantine,
    run: (c, _w, id) =>
      c.call('quarantine.discard', {
        params: { id },
        query: { confirm_last_copy: FOREIGN_DIGEST },
      }),
    done: ['quarantine.not_found'],
    settled: (s) => eq([s.quarantined(), s.trash()], [[], [FOREIGN_DIGEST]]),
  },
  {
    name: 'use, a copied folder in the place of active',
    covers: ['profiles.use'],
    startsBroken: true,
    prepare: copyActive,
    run: (c) => use(c, 'Neon'),
    settled: (s) => {
      eq(s.active('alpha'), 'profiles/work__Neon')
      eq(s.quarantined(), [])
    },
  },
  {
    name: 'takeover of a Python store',
    covers: ['profiles.reset'],
    start: 'python',
    run: (c) => c.call('profiles.reset', { body: { sync: true, ui_set: 'comfyui' } }),
    settled: (s) => eq([s.stack('comfyui'), s.active('comfyui')], [['global'], 'profiles/global']),
  },
]
