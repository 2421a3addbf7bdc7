import assert from 'node:assert/strict'
import { it } from 'node:test'
import { noChanges, noteFacts, noteStep } from '../../../sidecar/store/change-set.ts'
import type { Step } from '../../../sidecar/store/steps.ts'

const DIGEST = 'ab'.repeat(32)

const WRITE = { do: 'write', before: null, after: '' } as const

const ROWS: readonly (readonly [string, Step, Record<string, unknown>])[] = [
  ['a document of a pack', { ...WRITE, path: 'state/packs/A/pack.json' }, { packs: ['A'] }],
  ['a profile', { ...WRITE, path: 'state/profiles/p/profile.json' }, { profiles: ['p'] }],
  ['a setting', { ...WRITE, path: 'state/ui_sets.json' }, { config: true }],
  [
    'a pack that gets another name',
    { do: 'move', from: 'state/packs/A', to: 'state/packs/B' },
    { packs: ['A', 'B'] },
  ],
  [
    'a blob that goes to the trash',
    { do: 'move', from: `data/blobs/sha256/ab/${DIGEST}`, to: 'data/trash/x/blob' },
    { blobs: [DIGEST] },
  ],
  [
    'a file of a view',
    { do: 'unlink', path: 'data/views/comfyui/profiles/global/a' },
    { views: ['comfyui'] },
  ],
  [
    'a line of a ledger that names a digest',
    { do: 'line', path: 'data/ledger/evictions.jsonl', text: `{"sha256":"${DIGEST}"}` },
    { blobs: [DIGEST] },
  ],
  ['a file of a person', { do: 'unlink', path: '/home/me/state/packs/A' }, {}],
]

for (const [what, step, expected] of ROWS) {
  it(`a step names what it changes: ${what}`, () => {
    const changes = noChanges()
    noteStep(changes, step)
    const { packs, profiles, blobs, views, config } = changes
    assert.deepEqual(
      { packs: [...packs], profiles: [...profiles], blobs: [...blobs], views: [...views], config },
      { packs: [], profiles: [], blobs: [], views: [], config: false, ...expected },
    )
  })
}

it('an operation names what it concerns, by valid names', () => {
  const changes = noChanges()
  noteFacts(changes, { pack: 'A', profile: 'p', sha256: DIGEST })
  noteFacts(changes, { pack: '../x', profile: 7, sha256: 'short' })
  assert.deepEqual([...changes.packs, ...changes.profiles, ...changes.blobs], ['A', 'p', DIGEST])
})
