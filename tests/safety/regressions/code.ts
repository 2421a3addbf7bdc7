/** Attacks by code: in models, and in what is installed. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { take } from '../calls.ts'
import { walk } from '../seen.ts'
import { digestOf, put, sha256Of, work } from '../sandbox.ts'
import type { Regression } from './fixture.ts'

export const CODE: readonly Regression[] = [
  [
    'nodes of others ran installers and stole keys → the extension installs nothing and starts nothing',
    async () => {
      const folder = join(import.meta.dirname, '../../../comfy-extension')
      const files = walk(folder).filter(
        ({ path, kind }) => kind === 'file' && !path.includes('__pycache__'),
      )
      assert.ok(files.length > 0)
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
    'opening a model ran its code → a pickle is never opened, and no interface sees it before its approval',
    async (fixture) => {
      const pickles = ['a.ckpt', 'b.pt', 'c.pt2', 'd.pth', 'e.bin', 'f.pkl', 'G.CKPT', 'h.ckpt.PT']
      const proof = join(fixture.sandbox.folder, 'it-ran')
      const code = `cos\nsystem\n(S'touch ${proof}'\ntR.`
      put(
        join(fixture.sandbox.outside, 'pickles/checkpoints'),
        Object.fromEntries(pickles.map((name) => [name, code + name])),
      )
      await take(fixture.client, join(fixture.sandbox.outside, 'pickles'), { pack: 'Pickles' })
      await work(fixture.client, 'store.doctor', {
        repair: true,
        rebuild_views: true,
        verify_blobs: true,
      })
      const shown = () =>
        Object.keys(fixture.seen.shown('alpha')).filter((path) => !path.endsWith('.safetensors'))
      assert.deepEqual([shown(), fs.existsSync(proof)], [[], false])
      const sha256 = sha256Of(Buffer.from(`${code}b.pt`))
      await fixture.client.call('inventory.approve', { params: { item: sha256 }, body: {} })
      assert.deepEqual(shown(), ['models/checkpoints/b.pt'])
    },
  ],
  [
    'a pickle came under another name → it is blocked by the name that it came with',
    async (fixture) => {
      const dependencies = [{ sha256: digestOf('evil'), filename: 'harmless.safetensors' }]
      await fixture.client.call('packs.create', { body: { name: 'Harmless', dependencies } })
      assert.ok(!Object.values(fixture.seen.shown('alpha')).includes('evil'))
    },
  ],
]
