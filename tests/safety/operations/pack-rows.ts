/** Packs: created, changed, deleted, restored. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { Client } from '../../../schemas/client.ts'
import { edit, file, pack } from '../calls.ts'
import { put, type Sandbox } from '../sandbox.ts'
import {
  after,
  afterUse,
  ALL,
  eq,
  INK_VIEW,
  stacks,
  undoOf,
  UP,
  type Operation,
} from './operation.ts'

const EXPORT = 'export.json'

async function exportInk(c: Client, sandbox: Sandbox): Promise<undefined> {
  put(sandbox.folder, { [EXPORT]: JSON.stringify(await c.call('packs.export', pack('Ink'))) })
  await c.call('packs.delete', pack('Ink'))
}

const readExport = (sandbox: Sandbox) =>
  JSON.parse(fs.readFileSync(join(sandbox.folder, EXPORT), 'utf8')) as never

export const PACKS: readonly Operation[] = [
  {
    name: 'pack create',
    covers: ['packs.create'],
    run: (c) =>
      c.call('packs.create', {
        body: { name: 'Two', dependencies: [file('loose', 'loose.safetensors')] },
      }),
    done: ['pack.name_taken'],
    settled: (s) => {
      eq(s.pack('Two'), { loose: 'loose' })
      eq(s.profile('global').at(-1), 'Two')
    },
  },
  {
    name: 'pack edit',
    covers: ['packs.edit'],
    run: (c) =>
      edit(c, 'Neon', {
        description: 'new',
        remove: ['neon'],
        add: [file('loose', 'loose.safetensors')],
      }),
    done: ['input.invalid'],
    settled: (s) => eq(s.pack('Neon'), { glow: 'glow', loose: 'loose' }),
  },
  {
    name: 'pack rename',
    covers: ['packs.edit'],
    prepare: after((c) => edit(c, 'Neon', { pack_dependencies: ['Ink'] })),
    run: (c) => edit(c, 'Ink', { rename_to: 'Pen' }),
    done: ['pack.not_found'],
    settled: (s) => {
      eq(s.packs(), ['Evil', 'Neon', 'Pen'])
      eq(s.profile('global'), ['Pen', 'Neon', 'Evil'])
    },
  },
  {
    name: 'pack rename on top',
    covers: ['packs.edit'],
    prepare: afterUse('Ink'),
    run: (c) => edit(c, 'Ink', { rename_to: 'Pen' }),
    done: ['pack.not_found'],
    settled: (s) => {
      eq(s.packs(), ['Evil', 'Neon', 'Pen'])
      eq(s.shown('alpha'), INK_VIEW)
    },
  },
  {
    name: 'pack delete',
    covers: ['packs.delete'],
    run: (c) => c.call('packs.delete', pack('Neon')),
    done: ['pack.not_found'],
    settled: (s) => {
      eq(s.packs(), ['Evil', 'Ink'])
      eq(s.profile('global'), ['Ink', 'Evil'])
      eq(s.blobs(), ALL)
    },
  },
  {
    name: 'pack delete on top',
    covers: ['packs.delete'],
    prepare: afterUse('Ink', 'Neon'),
    run: (c) => c.call('packs.delete', pack('Neon')),
    done: ['pack.not_found'],
    settled: (s) => {
      eq(s.packs(), ['Evil', 'Ink'])
      stacks(s, [UP, 'work__Ink'])
      eq(s.has('data/views/alpha/profiles/work__Neon'), false)
    },
  },
  {
    name: 'pack restore',
    covers: ['packs.restore', 'packs.export'],
    prepare: exportInk,
    run: (c, w) => c.call('packs.restore', { body: readExport(w) }),
    settled: (s) => eq(s.pack('Ink'), { base: 'base', ink: 'ink' }),
  },
  {
    name: 'pack resolve',
    covers: ['packs.resolve'],
    prepare: after((c) =>
      edit(c, 'Ink', { add: [{ id: 'later', filename: 'loose.safetensors', kind: 'lora' }] }),
    ),
    run: (c) => c.call('packs.resolve', { ...pack('Ink'), body: {} }),
    settled: (s) => eq(s.pack('Ink'), { base: 'base', ink: 'ink', later: 'loose' }),
  },
  {
    name: 'undo pack edit',
    ...undoOf('pack.edit', (c) => edit(c, 'Neon', { remove: ['glow'] })),
    settled: (s) => eq(s.pack('Neon'), { neon: 'neon', glow: 'glow' }),
  },
  {
    name: 'undo pack rename',
    ...undoOf('pack.rename', (c) => edit(c, 'Neon', { rename_to: 'Light' })),
    settled: (s) => {
      eq(s.packs(), ['Evil', 'Ink', 'Neon'])
      eq(s.profile('global'), ['Ink', 'Neon', 'Evil'])
    },
  },
  {
    name: 'undo pack delete',
    ...undoOf('pack.delete', (c) => c.call('packs.delete', pack('Neon'))),
    settled: (s) => {
      eq(s.pack('Neon'), { neon: 'neon', glow: 'glow' })
      eq(s.profile('global'), ['Ink', 'Neon', 'Evil'])
    },
  },
]
