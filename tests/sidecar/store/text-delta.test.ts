import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { documentText } from '../../../schemas/json.ts'
import { applyDelta, deltaBetween } from '../../../sidecar/store/text-delta.ts'
import { patched, patchOf, reversePatch, textDigest } from '../../../sidecar/store/patch-step.ts'

const sizeOf = (value: unknown) => JSON.stringify(value).length

/** A dependency as packs have them, with lines that all of them share. */
const dependency = (n: number) => ({
  id: `model-${String(n)}`,
  kind: 'lora',
  required: true,
  expose: { filename: `style number ${String(n)}.safetensors`, subfolder: null },
  sha256: String(n).padStart(64, '0'),
})

const packText = (count: number, more: object = {}) =>
  documentText({
    name: 'M',
    resolved_at: `at ${String(count)}`,
    dependencies: Array.from({ length: count }, (_, n) => dependency(n)),
    ...more,
  })

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.constantFrom('{\n', '}\n', '  "a": 1,\n', 'x', '\n', '  "long enough to copy": 2,\n'))
    .map((parts) => parts.join('')),
)

describe('deltaBetween()', () => {
  it('gives back any text from any other', () => {
    fc.assert(
      fc.property(anyText, anyText, (before, after) => {
        assert.equal(applyDelta(before, deltaBetween(before, after)), after)
      }),
    )
  })

  it('is never longer than the text', () => {
    fc.assert(
      fc.property(anyText, anyText, (before, after) => {
        assert.ok(sizeOf(deltaBetween(before, after)) <= sizeOf([after]))
      }),
    )
  })

  it('of one entry more or less is short, however many entries there are', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (count, seed) => {
        const entries = Array.from({ length: count }, (_, n) => dependency(n))
        const at = seed % count
        const less = { dependencies: entries.toSpliced(at, 1) }
        const edited = { dependencies: entries.with(at, { ...dependency(at), required: false }) }
        const whole = documentText({ dependencies: entries })
        for (const other of [documentText(less), documentText(edited), packText(count + 1)]) {
          const base = other === packText(count + 1) ? packText(count) : whole
          const size = sizeOf(deltaBetween(base, other)) + sizeOf(deltaBetween(other, base))
          assert.ok(size < 2000, `${String(size)} bytes`)
        }
      }),
      { numRuns: 30 },
    )
  })

  it('of entries in another order is short', () => {
    const entries = Array.from({ length: 2000 }, (_, n) => dependency(n))
    const [before, after] = [entries, [...entries.slice(7), ...entries.slice(0, 7)]].map((list) =>
      documentText({ dependencies: list }),
    )
    assert.ok(sizeOf(deltaBetween(before ?? '', after ?? '')) < 1000)
  })
})

describe('a patch step', () => {
  const text = fc.option(anyText)

  it('makes the text after of the one before, and back', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const step = patchOf({ do: 'write', path: 'state/x.json', before, after })
        assert.equal(patched(step, before), after)
        assert.equal(patched(step, after), after, 'a second time')
        assert.equal(patched(reversePatch(step), after), before)
      }),
    )
  })

  it('refuses any other text, unless it holds the whole one and nothing stands there', () => {
    fc.assert(
      fc.property(anyText, text, anyText, (before, after, now) => {
        fc.pre(now !== before && now !== after)
        const step = patchOf({ do: 'write', path: 'state/x.json', before, after })
        assert.throws(() => patched(step, now), { code: 'view.path_taken' })
      }),
    )
  })

  it('knows a text by its digest', () => {
    assert.equal(textDigest(null), null)
    assert.notEqual(textDigest(''), textDigest(null))
  })
})
