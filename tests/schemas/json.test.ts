import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentText, lineText, parseJson, type Json } from '../../schemas/json.ts'

/** The layouts of documents and of lines, and two that no program of ours writes. */
const LAYOUTS: readonly ((text: string) => string)[] = [
  (text) => text,
  (text) => `${text}\n`,
  (text) => text.replaceAll(/(?<=[{,])(?=")/gu, '\n  ').replace(/\}$/u, '\n}\n'),
  (text) => text.replaceAll(':', ' : '),
]

test('what the store writes is read as it was', () => {
  const values: Json[] = [
    { b: [1, { c: 'ž "quoted" \\ \n' }], a: null },
    [],
    { '10': 1, '9': 2, z: 3 },
    'text',
    -0.5,
  ]
  for (const value of values) {
    assert.deepEqual(parseJson(documentText(value)), value)
    assert.deepEqual(parseJson(lineText(value)), value)
    assert.deepEqual(parseJson(`\uFEFF${documentText(value)}`), value)
  }
})

test('a key that stands there twice is refused, in every layout', () => {
  const texts = ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"o":{"k":[],"k":[]}}', '{"1":0,"1":0}']
  for (const text of texts) {
    for (const layout of LAYOUTS) {
      assert.throws(() => parseJson(layout(text)), /appears twice/u, layout(text))
    }
  }
})

test('the key __proto__ is refused, in every layout', () => {
  for (const text of ['{"__proto__":{"a":1}}', '{"\\u005f_proto__":1}']) {
    for (const layout of LAYOUTS) {
      assert.throws(() => parseJson(layout(text)), /__proto__/u, layout(text))
    }
  }
})

test('a text that only mentions such keys is read', () => {
  const value = { note: '__proto__', a: '"a": 1, "a": 1' }
  assert.deepEqual(parseJson(documentText(value)), value)
})
