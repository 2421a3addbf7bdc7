/** Taking files in. */
import fs from 'node:fs'
import { appendFile, chmod, copyFile, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { take } from '../calls.ts'
import { trashFolders, type Seen } from '../seen.ts'
import { blobPath, bytesOf, digestOf, work, type Sandbox } from '../sandbox.ts'
import type { Client } from '../../../schemas/client.ts'
import { corruptBlob } from './corrupt.ts'
import { putCopy } from './put-copy.ts'
import { after, ALL, eq, fresh, type Operation } from './operation.ts'

const BOTH_NEW = [...ALL, 'fresh', 'other'].sort()
const NEW = ['loras/fresh.safetensors', 'vae/other.safetensors']

function took(seen: Seen, blobs: readonly string[], outside: readonly string[]): void {
  eq(seen.blobs(), blobs)
  eq(
    seen.outside().filter((path) => path.startsWith('new/')),
    outside.map((path) => `new/${path}`),
  )
}

/** A link to a model, beside it. */
const aliasOf = (sandbox: Sandbox) => join(fresh(sandbox), 'loras/alias.safetensors')

/** Goes on writing into a model, as a program does that opened its file before it came in. */
async function goOnWriting(sandbox: Sandbox): Promise<void> {
  const blob = join(sandbox.root, blobPath(digestOf('fresh')))
  await chmod(blob, 0o644)
  await appendFile(blob, 'the rest')
  await chmod(blob, 0o444)
}

/** The store already has both models, and another program has written into one of them. */
async function damageFresh(c: Client, sandbox: Sandbox): Promise<undefined> {
  await take(c, fresh(sandbox), {})
  corruptBlob(sandbox, 'fresh')
}

/** Puts a second copy of a new model beside it, and one of a model that the store has. */
async function addTwins(_c: Client, sandbox: Sandbox): Promise<undefined> {
  const folder = join(fresh(sandbox), 'loras')
  await copyFile(join(folder, 'fresh.safetensors'), join(folder, 'twin.safetensors'))
  await copyFile(join(sandbox.root, blobPath(digestOf('glow'))), join(folder, 'glow.safetensors'))
  return undefined
}

const TWINS = ['loras/fresh.safetensors', 'loras/glow.safetensors', 'loras/twin.safetensors']

export const IMPORTS: readonly Operation[] = [
  {
    name: 'import copy',
    covers: ['imports.start'],
    run: (c, w) => take(c, fresh(w), {}),
    settled: (s) => took(s, BOTH_NEW, NEW),
  },
  {
    name: 'import copy into a pack',
    covers: ['imports.start'],
    run: (c, w) => take(c, fresh(w), { pack: 'New' }),
    settled: (s) => {
      took(s, BOTH_NEW, NEW)
      eq(Object.values(s.pack('New')).sort(), ['fresh', 'other'])
      eq(s.shown('alpha')['models/loras/fresh.safetensors'], 'fresh')
    },
  },
  {
    name: 'import a group of files, some of them known',
    covers: ['imports.start'],
    prepare: addTwins,
    run: (c, w) => take(c, fresh(w), { pack: 'New' }),
    settled: (s) => {
      took(s, BOTH_NEW, [...TWINS, 'vae/other.safetensors'])
      eq(new Set(Object.values(s.pack('New'))), new Set(['fresh', 'glow', 'other']))
    },
  },
  {
    name: 'import a group of files by move',
    covers: ['imports.start'],
    prepare: addTwins,
    run: (c, w) => take(c, fresh(w), { mode: 'move' }),
    settled: (s) => took(s, BOTH_NEW, []),
  },
  {
    name: 'put copies into the store',
    covers: [],
    run: (_c, _w, _note, { services }) => putCopy(services, [bytesOf('fresh'), bytesOf('other')]),
    settled: (s) => eq(s.blobs(), BOTH_NEW),
  },
  {
    name: 'put a copy over a damaged model',
    covers: [],
    startsBroken: true,
    prepare: damageFresh,
    run: (_c, _w, _note, { services }) => putCopy(services, [bytesOf('fresh')]),
    settled: (s) => {
      eq(s.blobs(), BOTH_NEW)
      eq(trashFolders(s.sandbox.root).length, 1)
    },
  },
  {
    name: 'import move',
    covers: ['imports.start'],
    run: (c, w) => take(c, fresh(w), { mode: 'move' }),
    settled: (s) => took(s, BOTH_NEW, []),
  },
  {
    name: 'import move into a pack',
    covers: ['imports.start'],
    run: (c, w) => take(c, fresh(w), { mode: 'move', pack: 'New' }),
    settled: (s) => {
      took(s, BOTH_NEW, [])
      eq(Object.values(s.pack('New')).sort(), ['fresh', 'other'])
    },
  },
  {
    name: 'import move over volumes',
    covers: ['imports.start'],
    twoVolumes: true,
    run: (c, w) => take(c, join(w.other, 'new'), { mode: 'move' }),
    settled: (s) => {
      eq(s.blobs(), BOTH_NEW)
      eq(fs.existsSync(join(s.sandbox.other, 'new', String(NEW[0]))), false)
    },
  },
  {
    name: 'import link',
    covers: ['imports.start'],
    run: (c, w) => take(c, fresh(w), { mode: 'link' }),
    settled: (s) => took(s, BOTH_NEW, NEW),
  },
  {
    name: 'import hard link',
    covers: ['imports.start'],
    run: (c, w) => take(c, fresh(w), { mode: 'link', hard_link: true }),
    settled: (s) => took(s, BOTH_NEW, NEW),
  },
  {
    name: 'import what is here',
    covers: ['imports.start'],
    prepare: after((c, w) => take(c, fresh(w), {})),
    run: (c, w) => take(c, fresh(w), { mode: 'move' }),
    settled: (s) => took(s, BOTH_NEW, []),
  },
  {
    name: 'import what is here under further kinds',
    covers: ['imports.start'],
    prepare: after((c, w) => take(c, fresh(w), { pack: 'New', kind: 'lora' })),
    run: (c, w) => take(c, fresh(w), { pack: 'New', kind: 'vae' }),
    settled: (s) => {
      took(s, BOTH_NEW, NEW)
      eq(Object.values(s.pack('New')).sort(), ['fresh', 'fresh', 'other', 'other'])
    },
  },
  {
    name: 'import move with a link',
    covers: ['imports.start'],
    prepare: after(async (_c, w) => symlink('fresh.safetensors', aliasOf(w))),
    run: (c, w) => take(c, fresh(w), { mode: 'move', pack: 'New' }),
    settled: (s) => {
      eq(s.blobs(), BOTH_NEW)
      eq(Object.values(s.pack('New')).sort(), ['fresh', 'fresh', 'other'])
      eq(s.shown('alpha')['models/loras/alias.safetensors'], 'fresh')
    },
  },
  {
    name: 'take a changed blob out',
    covers: ['store.doctor'],
    startsBroken: true,
    prepare: after(
      (c, w) => take(c, fresh(w), { mode: 'move', pack: 'New' }),
      (_c, w) => goOnWriting(w),
    ),
    run: (c) => work(c, 'store.doctor', { repair: true }),
    settled: (s) => {
      took(s, [...ALL, 'other'].sort(), [NEW[0] ?? ''])
      eq(s.shown('alpha')['models/loras/fresh.safetensors'], undefined)
    },
  },
  {
    name: 'import over a damaged model',
    covers: ['imports.start'],
    startsBroken: true,
    prepare: damageFresh,
    run: (c, w) => take(c, fresh(w), { pack: 'New' }),
    settled: (s) => {
      took(s, BOTH_NEW, NEW)
      eq(s.shown('alpha')['models/loras/fresh.safetensors'], 'fresh')
      eq(trashFolders(s.sandbox.root).length, 1)
    },
  },
  {
    name: 'import move over a damaged model',
    covers: ['imports.start'],
    startsBroken: true,
    prepare: damageFresh,
    run: (c, w) => take(c, fresh(w), { mode: 'move', pack: 'New' }),
    settled: (s) => {
      took(s, BOTH_NEW, [])
      eq(trashFolders(s.sandbox.root).length, 1)
    },
  },
  {
    name: 'import into a Python store',
    covers: ['imports.start'],
    start: 'python',
    run: (c, w) => take(c, fresh(w), { pack: 'New' }),
    settled: (s) =>
      eq(
        ['fresh', 'other'].every((model) => s.blobs().includes(model)),
        true,
      ),
  },
]
