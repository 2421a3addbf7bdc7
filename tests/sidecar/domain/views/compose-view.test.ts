import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import type { Sha256, UiName } from '../../../../schemas/ids.ts'
import { Lock, Pack } from '../../../../schemas/pack.ts'
import type { UiLayout } from '../../../../sidecar/domain/views/ui-layout.ts'
import type { PackContent } from '../../../../sidecar/domain/views/pack-files.ts'
import { composeView, type ComposeInput } from '../../../../sidecar/domain/views/compose-view.ts'

const UI = 'comfyui' as UiName
const LAYOUT: UiLayout = { folders: new Map([['lora', 'models/loras']]), unusable: [] }
const digest = (digit: string) => digit.repeat(64) as Sha256

/** A pack of loras: file name → one digit of its digest; null where it was never resolved. */
function packOf(name: string, files: Readonly<Record<string, string | null>>): PackContent {
  const wanted = Object.keys(files).map((filename) => ({
    id: filename,
    kind: 'lora',
    selector: { strategy: 'local_file' },
    expose: { filename },
  }))
  const resolved = Object.entries(files).flatMap(([filename, digit]) =>
    digit === null
      ? []
      : [{ dependency_id: filename, artifact: { kind: 'lora', sha256: digest(digit) } }],
  )
  return {
    name,
    pack: v.parse(Pack, { name, pack_type: 'lora', dependencies: wanted }),
    lock: v.parse(Lock, { pack: name, resolved_at: '2026-01-01T00:00:00Z', resolved }),
    broken: false,
  }
}

function plan(packs: readonly PackContent[], more: Partial<ComposeInput> = {}) {
  const rules = { mode: 'last_wins', fold: (path: string) => path, isBlocked: () => false } as const
  return composeView({ ui: UI, layout: LAYOUT, packs, inUse: [], ...rules, ...more })
}

const shown = (view: ReturnType<typeof plan>) =>
  [...view.links.values()].map((link) => [link.path, link.sha256[0], link.pack])

describe('planView', () => {
  const two = [packOf('A', { 'x.sft': '1', 'a.sft': '2' }), packOf('B', { 'x.sft': '3' })]

  it('gives a path to the last pack that wants it, and reports the losers', () => {
    const view = plan(two)
    assert.deepEqual(shown(view), [
      ['models/loras/x.sft', '3', 'B'],
      ['models/loras/a.sft', '2', 'A'],
    ])
    assert.deepEqual(
      view.shadowed.map(({ path, winner, loser }) => [path, winner.pack, loser.pack]),
      [['models/loras/x.sft', 'B', 'A']],
    )
  })

  it('gives it to the first where that is asked for', () => {
    const view = plan(two, { mode: 'first_wins' })
    assert.equal(view.links.get('models/loras/x.sft')?.pack, 'A')
    assert.equal(view.shadowed[0]?.loser.pack, 'B')
  })

  it('refuses in mode strict, but not where both want the same bytes', () => {
    assert.throws(() => plan(two, { mode: 'strict' }), { code: 'profile.conflict' })
    const same = [packOf('A', { 'x.sft': '1' }), packOf('B', { 'x.sft': '1' })]
    assert.deepEqual(plan(same, { mode: 'strict' }).shadowed, [])
  })

  for (const mode of ['last_wins', 'first_wins', 'strict'] as const) {
    it(`lets the pack in use win over the base under ${mode}`, () => {
      const packs = [packOf('A', { 'x.sft': '1' }), packOf('B', { 'x.sft': '2' })]
      const view = plan(packs, { mode, inUse: ['B'] })
      assert.deepEqual(shown(view), [['models/loras/x.sft', '2', 'B']])
      assert.equal(view.shadowed[0]?.loser.pack, 'A')
    })

    it(`lets it win over what it depends on, and that over the base, under ${mode}`, () => {
      const base = packOf('Base', { 'x.sft': '1', 'y.sft': '1' })
      const need = packOf('Need', { 'x.sft': '2', 'y.sft': '2' })
      const packs = [base, need, packOf('Used', { 'x.sft': '3' })]
      const view = plan(packs, { mode, inUse: ['Need', 'Used'] })
      assert.deepEqual(shown(view), [
        ['models/loras/x.sft', '3', 'Used'],
        ['models/loras/y.sft', '2', 'Need'],
      ])
    })
  }

  it('finds no conflict of the base in mode strict where the pack in use decides', () => {
    const base = [packOf('A', { 'x.sft': '1' }), packOf('B', { 'x.sft': '2' })]
    for (const digit of ['1', '3']) {
      const packs = [...base, packOf('Used', { 'x.sft': digit })]
      const { links } = plan(packs, { mode: 'strict', inUse: ['Used'] })
      assert.equal(links.get('models/loras/x.sft')?.sha256, digest(digit))
    }
    const other = [...base, packOf('Used', { 'y.sft': '3' })]
    assert.throws(() => plan(other, { mode: 'strict', inUse: ['Used'] }), {
      code: 'profile.conflict',
    })
  })

  it('refuses in mode strict where two packs that the one in use depends on conflict', () => {
    const packs = [packOf('A', { 'x.sft': '1' }), packOf('B', { 'x.sft': '2' }), packOf('U', {})]
    assert.throws(() => plan(packs, { mode: 'strict', inUse: ['A', 'B', 'U'] }), {
      code: 'profile.conflict',
    })
    const view = plan(packs, { mode: 'first_wins', inUse: ['A', 'B', 'U'] })
    assert.deepEqual(shown(view), [['models/loras/x.sft', '2', 'B']])
  })

  it('knows paths that are the same on the volume', () => {
    const packs = [packOf('A', { 'X.sft': '1' }), packOf('B', { 'x.sft': '2' })]
    const view = plan(packs, { fold: (path) => path.toLowerCase() })
    assert.deepEqual(shown(view), [['models/loras/x.sft', '2', 'B']])
  })

  it('reports why each absent file is absent', () => {
    const packs = [packOf('A', { 'x.sft': '1', 'y.sft': null, '.z.sft': '2', 'p.ckpt': '3' })]
    const missing = { name: 'No', pack: null, lock: null, broken: false }
    const view = plan([...packs, missing, { ...missing, name: 'Torn', broken: true }], {
      isBlocked: (sha256) => sha256 === digest('3'),
    })
    assert.deepEqual(shown(view), [['models/loras/x.sft', '1', 'A']])
    assert.deepEqual(
      view.absent.map(({ pack, filename, reason }) => [pack, filename, reason]),
      [
        ['A', 'p.ckpt', 'blocked'],
        ['A', '.z.sft', 'unusable_name'],
        ['A', 'y.sft', 'unresolved'],
        ['No', '', 'pack_missing'],
        ['Torn', '', 'pack_broken'],
      ],
    )
  })

  it('looks again at a pack whose document, lock or layout is another one', () => {
    const [first] = two
    if (first === undefined) return
    const other = packOf('A', { 'x.sft': '4' })
    assert.equal(shown(plan([first])).length, 2)
    assert.deepEqual(shown(plan([{ ...first, lock: other.lock }])), [
      ['models/loras/x.sft', '4', 'A'],
    ])
    const unnamed = { ...first, pack: other.pack && { ...other.pack, dependencies: [] } }
    assert.deepEqual(shown(plan([unnamed])), [])
    const layout = { ...LAYOUT, folders: new Map([['lora', 'Lora']]) }
    assert.equal(shown(plan([first], { layout }))[0]?.[0], 'Lora/x.sft')
  })
})
