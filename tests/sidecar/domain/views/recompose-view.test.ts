/** Whatever changes in its packs, a view composed again is the one that is composed again. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import type { Sha256, UiName } from '../../../../schemas/ids.ts'
import { Lock, Pack } from '../../../../schemas/pack.ts'
import {
  composeView,
  type ComposeInput,
  type WantedView,
} from '../../../../sidecar/domain/views/compose-view.ts'
import type { PackContent } from '../../../../sidecar/domain/views/pack-files.ts'
import {
  inOrder,
  recomposeView,
  type RecomposedView,
} from '../../../../sidecar/domain/views/recompose-view.ts'

const ROUNDS = 2000
const digest = (digit: number) => String(digit).repeat(64) as Sha256

/** Numbers that look random, the same ones each time. */
function numbers(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1103515245 + 12345) % 2147483648
    return Math.floor((state / 2147483648) * below)
  }
}

function packOf(name: string, files: readonly (readonly [string, number | null])[]): PackContent {
  const dependencies = files.map(([filename], index) => ({
    id: `${name} ${index}`,
    kind: 'lora',
    selector: { strategy: 'local_file' },
    expose: { filename },
  }))
  const resolved = files.flatMap(([, digit], index) =>
    digit === null
      ? []
      : [
          {
            dependency_id: `${name} ${index}`,
            artifact: { kind: 'lora', sha256: digest(digit) },
          },
        ],
  )
  return {
    name,
    pack: v.parse(Pack, { name, pack_type: 'lora', dependencies }),
    lock: v.parse(Lock, { pack: name, resolved_at: '2026-01-01T00:00:00Z', resolved }),
    broken: false,
  }
}

function inputOf(packs: readonly PackContent[], mode: ComposeInput['mode']): ComposeInput {
  return {
    ui: 'comfyui' as UiName,
    packs,
    inUse: [],
    layout: LAYOUT,
    mode,
    fold: (path) => path.toLowerCase(),
    isBlocked: (_sha256, path) => path.endsWith('.ckpt'),
  }
}

const LAYOUT = { folders: new Map([['lora', 'models/loras']]), unusable: [] }

const comparable = ({ links, shadowed, absent }: WantedView) => ({
  links: [...links].sort(([a], [b]) => (a < b ? -1 : 1)),
  shadowed,
  absent,
})

/** Compares what was composed again with what was composed again. */
function assertSame(made: RecomposedView, anew: WantedView, before: WantedView): void {
  assert.deepEqual(comparable(made.view), comparable(anew))
  const keys = [...anew.links.keys()]
  assert.deepEqual(inOrder(made.view, keys.toReversed()), keys)
  for (const key of keys.filter((one) => !made.changed.has(one))) {
    assert.deepEqual(before.links.get(key), anew.links.get(key))
  }
}

describe('recomposeView', () => {
  const pick = numbers(7)
  const names = ['a.sft', 'A.sft', 'b.sft', 'c.ckpt', 'd.sft', 'e.sft', 'f.sft']
  const randomPack = (name: string) => {
    const files = Array.from({ length: pick(4) }, () => {
      const digit = pick(6)
      return [names[pick(names.length)] ?? '', digit === 5 ? null : digit] as const
    })
    return packOf(name, files)
  }

  it('gives what composing anew gives, or says that this must be done', () => {
    let again = 0
    for (const mode of ['last_wins', 'first_wins'] as const) {
      let packs = ['P', 'Q', 'R'].map(randomPack)
      let before = composeView(inputOf(packs, mode))
      for (let round = 0; round < ROUNDS; round += 1) {
        const at = pick(packs.length + 1)
        const change = pick(4)
        if (change === 0) packs = packs.toSpliced(at, 1)
        else if (change === 1 && packs.length < 5)
          packs = packs.toSpliced(at, 0, randomPack(`N${round}`))
        else if (change === 2) packs = packs.toReversed()
        else packs = packs.with(Math.min(at, packs.length - 1), randomPack('Q')).slice(0)
        if (packs.length === 0) packs = [randomPack('P')]
        const input = inputOf(packs, mode)
        const anew = composeView(input)
        const made = recomposeView(before, input)
        if (made !== null) {
          again += 1
          assertSame(made, anew, before)
        }
        before = made?.view ?? anew
      }
    }
    assert.ok(again > ROUNDS / 4, `only ${again} were composed again`)
  })

  it('gives the same object where no pack changed', () => {
    const packs = [packOf('A', [['x.sft', 1]]), packOf('B', [['y.sft', null]])]
    const before = composeView(inputOf(packs, 'strict'))
    const made = recomposeView(before, inputOf([...packs], 'strict'))
    assert.equal(made?.view, before)
    assert.equal(made.changed.size, 0)
  })

  it('leaves it to composing anew where packs want different files at one path', () => {
    const a = packOf('A', [['x.sft', 1]])
    const before = composeView(inputOf([a], 'strict'))
    const packs = [a, packOf('B', [['x.sft', 2]])]
    assert.equal(recomposeView(before, inputOf(packs, 'strict')), null)
  })
})
