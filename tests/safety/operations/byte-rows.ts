/** Bytes of models: to the trash and back, approved, proven. */
import { blob, cleanup, remove, take, trashId } from '../calls.ts'
import { trashFolders } from '../seen.ts'
import { blobPath, digestOf, work } from '../sandbox.ts'
import { corruptBlob, removeManifest } from './corrupt.ts'
import {
  after,
  afterRemoval,
  ALL,
  eq,
  fresh,
  GLOBAL_VIEW,
  undoOf,
  undoOfJob,
  type Operation,
} from './operation.ts'

export const BYTES: readonly Operation[] = [
  {
    name: 'blob delete',
    covers: ['inventory.delete'],
    run: (c) => remove(c, 'glow'),
    done: ['blob.not_at_location', 'blob.not_found'],
    settled: (s) => {
      eq(s.trash(), ['glow'])
      eq(s.shown('alpha')['vae/glow.safetensors'], undefined)
    },
  },
  {
    name: 'cleanup',
    covers: ['inventory.cleanup'],
    run: cleanup,
    settled: (s) => {
      eq(s.trash(), ['loose'])
      eq(
        s.blobs(),
        ALL.filter((one) => one !== 'loose'),
      )
    },
  },
  {
    name: 'trash restore',
    covers: ['trash.restore'],
    prepare: afterRemoval('glow'),
    run: async (c) =>
      c.call('trash.restore', { params: { id: await trashId(c, 'glow') }, body: {} }),
    done: ['trash.not_found'],
    settled: (s) => {
      eq(s.trash(), [])
      eq(s.blobs(), ALL)
    },
  },
  {
    name: 'trash empty',
    covers: ['trash.empty'],
    prepare: afterRemoval('glow', 'loose'),
    run: (c) => c.call('trash.empty'),
    mayGo: ['glow', 'loose'],
    settled: (s) => {
      eq(s.trash(), [])
      eq(trashFolders(s.sandbox.root), [])
    },
  },
  {
    name: 'trash remove',
    covers: ['trash.remove'],
    prepare: afterRemoval('glow', 'loose'),
    run: async (c) => c.call('trash.remove', { params: { id: await trashId(c, 'loose') } }),
    done: ['trash.not_found'],
    mayGo: ['loose'],
    settled: (s) => eq(s.trash(), ['glow']),
  },
  {
    name: 'undo import by move',
    ...undoOf('blob.import', (c, w) => take(c, fresh(w), { mode: 'move' })),
    settled: (s) => eq([s.blobs().length, s.outside().length], [ALL.length + 1, 1]),
  },
  {
    name: 'undo import by copy with its pack',
    ...undoOfJob((c, w) => take(c, fresh(w), { pack: 'New' })),
    settled: (s) => {
      eq([s.blobs(), s.trash().length, s.outside().length], [ALL, 2, 2])
      eq(s.shown('alpha'), GLOBAL_VIEW)
    },
  },
  {
    name: 'undo import by move with its pack',
    ...undoOfJob((c, w) => take(c, fresh(w), { mode: 'move', pack: 'New' })),
    settled: (s) => {
      eq([s.blobs(), s.outside().length], [ALL, 2])
      eq(s.shown('alpha'), GLOBAL_VIEW)
    },
  },
  {
    name: 'undo import over a damaged model',
    ...undoOf('blob.replace', async (c, w) => {
      await take(c, fresh(w), {})
      corruptBlob(w, 'fresh')
      await take(c, fresh(w), { mode: 'move' })
    }),
    settled: (s) => eq([s.blobs(), s.outside().length], [[...ALL, 'other'].sort(), 1]),
  },
  {
    name: 'undo blob delete',
    ...undoOf('blob.delete', (c) => remove(c, 'glow')),
    settled: (s) => {
      eq([s.trash(), s.blobs()], [[], ALL])
    },
  },
  {
    name: 'approve',
    covers: ['inventory.approve'],
    run: (c) => c.call('inventory.approve', { ...blob('evil'), body: {} }),
    settled: (s) => eq(s.shown('alpha')['models/checkpoints/evil.ckpt'], 'evil'),
  },
  {
    name: 'undo approve',
    ...undoOf('blob.approve', (c) => c.call('inventory.approve', { ...blob('evil'), body: {} })),
    settled: (s) => {
      eq(s.shown('alpha'), GLOBAL_VIEW)
    },
  },
  {
    name: 'revoke',
    covers: ['inventory.revoke'],
    prepare: after((c) => c.call('inventory.approve', { ...blob('evil'), body: {} })),
    run: (c) => c.call('inventory.revoke', { ...blob('evil'), body: {} }),
    settled: (s) => eq(s.shown('alpha'), GLOBAL_VIEW),
  },
  {
    name: 'migrate manifests',
    covers: ['inventory.migrate_manifests'],
    prepare: async (_c, w) => {
      removeManifest(w, 'glow')
      removeManifest(w, 'neon')
      return undefined
    },
    run: (c) => work(c, 'inventory.migrate_manifests', { dry_run: false }),
    settled: (s) =>
      eq(
        (['glow', 'neon'] as const).map((model) => s.has(`${blobPath(digestOf(model))}.meta`)),
        [true, true],
      ),
  },
  {
    name: 'verify',
    covers: ['inventory.verify'],
    run: (c) => work(c, 'inventory.verify', { all: true }),
    settled: (s) => eq(s.blobs(), ALL),
  },
]
