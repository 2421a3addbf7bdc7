/** Profiles: created, changed, renamed, deleted; and that undone. */
import type { Client } from '../../../schemas/client.ts'
import { after, eq, stacks, undoOf, UP, view, type Operation } from './operation.ts'

const params = { name: 'client' }
const INK_AND_NEON = ['Ink', 'Neon']

const create = (c: Client) =>
  c.call('profiles.create', { body: { name: 'client', packs: INK_AND_NEON } })
const edit = (c: Client, body: object) => c.call('profiles.edit', { params, body })
const activate = (c: Client) => c.call('profiles.activate', { body: { profile: 'client' } })
const rename = (c: Client) => edit(c, { rename_to: 'job' })
const remove = (c: Client) => c.call('profiles.delete', { params })
const inkLast = (c: Client) => edit(c, { move: { pack: 'Ink', to: 'last' } })

const SHOWN = {
  'models/checkpoints/base.safetensors': 'base',
  'models/loras/ink.safetensors': 'neon',
  'vae/glow.safetensors': 'glow',
}
const INK_LAST = { ...SHOWN, 'models/loras/ink.safetensors': 'ink' }

export const PROFILES: readonly Operation[] = [
  {
    name: 'profile create',
    covers: ['profiles.create'],
    run: create,
    done: ['profile.name_taken'],
    settled: (s) => eq(s.profile('client'), INK_AND_NEON),
  },
  {
    name: 'undo profile create',
    ...undoOf('profile.create', create),
    settled: (s) => eq(s.has('state/profiles/client/profile.json'), false),
  },
  {
    name: 'profile edit on top',
    covers: ['profiles.edit'],
    prepare: after(create, activate),
    run: inkLast,
    settled: (s) => {
      eq(s.profile('client'), ['Neon', 'Ink'])
      view(s, [UP, 'client'], INK_LAST)
    },
  },
  {
    name: 'undo profile edit on top',
    ...undoOf('profile.edit', after(create, activate, inkLast)),
    settled: (s) => {
      eq(s.profile('client'), INK_AND_NEON)
      view(s, [UP, 'client'], SHOWN)
    },
  },
  {
    name: 'profile rename on top',
    covers: ['profiles.edit'],
    prepare: after(create, activate),
    run: rename,
    done: ['profile.not_found'],
    settled: (s) => {
      eq(s.has('state/profiles/client/profile.json'), false)
      eq(s.has('data/views/alpha/profiles/client'), false)
      view(s, [UP, 'job'], SHOWN)
    },
  },
  {
    name: 'undo profile rename on top',
    ...undoOf('profile.rename', after(create, activate, rename)),
    settled: (s) => view(s, [UP, 'client'], SHOWN),
  },
  {
    name: 'profile delete on top',
    covers: ['profiles.delete'],
    prepare: after(create, activate),
    run: remove,
    done: ['profile.not_found'],
    settled: (s) => {
      eq(s.has('state/profiles/client/profile.json'), false)
      eq(s.has('data/views/alpha/profiles/client'), false)
      stacks(s, [UP])
    },
  },
  {
    name: 'undo profile delete',
    ...undoOf('profile.delete', after(create, activate, remove)),
    settled: (s) => {
      eq(s.profile('client'), INK_AND_NEON)
      stacks(s, [UP])
    },
  },
]
