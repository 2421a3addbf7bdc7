import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { illFormedAt, scanJson } from '../../schemas/json-scan.ts'

const FREE = { values: 1_000_000, depth: 1000 }
const scan = (text: string, limits = FREE) => scanJson(new TextEncoder().encode(text), limits)

function countOf(value: unknown): number {
  if (value === null || typeof value !== 'object') return 1
  return Object.values(value).reduce((sum: number, held) => sum + countOf(held), 1)
}

const anyJson = fc.jsonValue({ maxDepth: 5 })

describe('scanJson', () => {
  it('finds nothing wrong with JSON as programs write it', () => {
    fc.assert(
      fc.property(anyJson, fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        if (!text.includes('"__proto__"')) assert.equal(scan(text), null, text)
      }),
    )
  })

  it('counts at least what is there, so that a limit holds', () => {
    fc.assert(
      fc.property(anyJson, (value) => {
        const count = countOf(value)
        const text = JSON.stringify(value)
        if (text.includes('"__proto__"') || count < 2) return
        const fault = scan(text, { ...FREE, values: count - 1 })
        assert.deepEqual(fault, { fault: 'too_many_values' }, text)
      }),
    )
  })

  it('refuses whatever text in time, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        scanJson(bytes, { values: 20, depth: 3 })
      }),
    )
    const signs = fc.constantFrom('{', '}', '[', ']', '"', ',', ':', '\\', '1', ' ', '\\u00')
    fc.assert(
      fc.property(fc.array(signs, { maxLength: 60 }), (parts) => {
        scan(parts.join(''), { values: 20, depth: 3 })
      }),
    )
  })

  for (const [text, fault] of [
    ['{"a":1,"a":2}', 'key_twice'],
    ['{"a":1,"\\u0061":2}', 'key_twice'],
    ['{"a\\"":1,"a\\"":2}', 'key_twice'],
    ['[{"x":{"b":1,"c":[],"b":2}}]', 'key_twice'],
    ['{"a":{"a":[{"a":1}]},"b":"a"}', null],
    ['["a","a",{"b":"b"},"b"]', null],
    ['{"a":"a","b":"a"}', null],
    ['{"__proto__":1}', 'key_forbidden'],
    ['[{"\\u005f_proto__":1}]', 'key_forbidden'],
    ['{"a":"__proto__"}', null],
    [`${'['.repeat(65)}${']'.repeat(65)}`, 'too_deep'],
    [`[${'1,'.repeat(200)}1]`, 'too_many_values'],
    [`{"a":"${'{['.repeat(500)}"}`, null],
  ] as const) {
    it(`says ${String(fault)} of ${text.slice(0, 40)}`, () => {
      assert.equal(scan(text, { values: 100, depth: 64 })?.fault ?? null, fault)
    })
  }
})

describe('illFormedAt', () => {
  it('names the text that holds half a character', () => {
    const half = '\ud800'
    assert.equal(illFormedAt({ a: [{ b: 'whole 🧠' }], c: null, d: 1 }), null)
    assert.equal(illFormedAt({ a: [{}, { b: half }] }), 'a.1.b')
    assert.equal(illFormedAt({ [half]: 1 }), '\ufffd')
    assert.equal(illFormedAt(half), '')
  })
})
