import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as v from 'valibot'
import { NewPackName, PortablePath, toPortableName, unportableReason } from '../../schemas/ids.ts'
import { dropInvisible, isVisible, readsAs } from '../../schemas/visible-names.ts'

/** One of each sort that has no look of its own. */
const INVISIBLE = [
  '\u00ad',
  '\u034f',
  '\u115f',
  '\u17b4',
  '\u180e',
  '\u200b',
  '\u200c',
  '\u200d',
  '\u2060',
  '\u2064',
  '\u206a',
  '\u3164',
  '\ufe0f',
  '\ufeff',
  '\uffa0',
  '\ufff9',
  '\uffff',
  '\u{1d173}',
  '\u{e0001}',
  '\u{e0041}',
  '\u{e0100}',
  '\u{1fffe}',
]
const BLANK = ['\u00a0', '\u1680', '\u2003', '\u202f', '\u2800', '\u3000']

const named = (sign: string) => `U+${(sign.codePointAt(0) ?? 0).toString(16).toUpperCase()}`

describe('a name that nobody can see', () => {
  for (const sign of [...INVISIBLE, ...BLANK]) {
    it(`of ${named(sign)} alone is refused, and makes no name of a file`, () => {
      assert.equal(isVisible(sign), false)
      assert.equal(v.is(NewPackName, sign), false)
      assert.equal(v.is(NewPackName, sign.repeat(3)), false)
      assert.equal(v.is(PortablePath, `a/${sign}`), false)
      assert.equal(unportableReason(toPortableName(sign)), null)
      if (INVISIBLE.includes(sign)) {
        assert.equal(toPortableName(`${sign}.safetensors`), 'unnamed.safetensors')
      }
    })
  }

  for (const sign of INVISIBLE) {
    it(`reads the same with ${named(sign)} in it, which a file loses`, () => {
      for (const name of [`Pack${sign}A`, `${sign}PackA`, `PackA${sign}`, `packa${sign}${sign}`]) {
        assert.equal(readsAs(name), readsAs('PackA'), JSON.stringify(name))
        assert.equal(dropInvisible(name).toLowerCase(), 'packa')
      }
      assert.equal(toPortableName(`a${sign}b.safetensors`), 'ab.safetensors')
    })
  }

  for (const name of ['é', '猫', '🧠', '-', '.', '♥', 'ß', 'a\u0301']) {
    it(`is not ${name}`, () => {
      assert.equal(isVisible(name), true)
    })
  }
})

describe('invisible characters that change what is seen', () => {
  for (const name of [
    '👨‍👩‍👧‍👦 family',
    '❤️',
    '❤️‍🔥',
    '🏳️‍🌈',
    '👩🏽‍🚀',
    '🏴󠁧󠁢󠁥󠁮󠁧󠁿',
    '1️⃣',
    '☺︎',
    'می‌خواهم',
    'क्‍ष',
    'ന്‍',
    'ශ්‍රී',
    '葛󠄀城',
  ]) {
    it(`stay in ${name}`, () => {
      assert.equal(dropInvisible(name), name)
      assert.equal(toPortableName(`${name}.pt`), `${name.normalize('NFC')}.pt`)
    })
  }

  for (const [name, seen] of [
    ['a\u200db', 'ab'],
    ['a\ufe0f', 'a'],
    ['1\ufe0f', '1'],
    ['🧠\u200d', '🧠'],
    ['\u200dم', 'م'],
    ['a\u{e0067}\u{e007f}', 'a'],
  ] as const) {
    it(`are none in ${JSON.stringify(name)}`, () => {
      assert.equal(dropInvisible(name), seen)
    })
  }
})

describe('toPortableName', () => {
  it('gives a name that may be created, and gives it again', () => {
    const sign = fc.oneof(
      fc.constantFrom(...INVISIBLE, ...BLANK, '.', ' ', '/', ':'),
      fc.string({ unit: 'binary', maxLength: 1 }),
    )
    fc.assert(
      fc.property(fc.array(sign, { maxLength: 40 }), (signs) => {
        const name = toPortableName(signs.join(''))
        assert.equal(unportableReason(name), null, JSON.stringify(name))
        assert.equal(toPortableName(name), name)
      }),
      { numRuns: 2000 },
    )
  })
})
