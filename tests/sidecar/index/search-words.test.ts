import assert from 'node:assert/strict'
import { test } from 'node:test'
import Database from 'better-sqlite3'
import { matchText, searchText, wantedWords } from '../../../sidecar/index/search-words.ts'
import { SCHEMA } from '../../../sidecar/index/schema.ts'

const LAST_CODE_POINT = 0x10ffff
const LETTER = /[\p{L}\p{N}\p{M}]/u

/** Every letter, digit and mark that there is, each in the middle of a name. */
const names = Array.from({ length: LAST_CODE_POINT }, (_one, code) => String.fromCodePoint(code))
  .filter((letter) => LETTER.test(letter))
  .map((letter) => `a${letter}b`)

test('names are split at all but letters and digits, and where the case changes', () => {
  assert.equal(searchText(['juggernautXL_v9']), ' juggernautxl juggernaut xl v9')
  assert.equal(searchText(['Příběh-ŽLUTÝ (2).gguf', 'gguf']), ' pribeh zluty 2 gguf')
  assert.equal(searchText(['ﬁne']), ' fine')
  assert.equal(searchText(['***']), '')
})

test('a word of any script is one token to the full-text index', () => {
  const words = names.flatMap((name) => [...searchText([name]).split(' '), ...wantedWords(name)])
  const split = words.filter((word) => /[\0-/:-`{-\x7f]/u.test(word))
  assert.deepEqual(split, [])
})

test('what is looked for is found by its own name, in any script', () => {
  const sqlite = new Database(':memory:')
  sqlite.exec(SCHEMA)
  const add = sqlite.prepare('INSERT INTO words (rowid, search, facets) VALUES (?, ?, ?)')
  const some = names.filter((_name, number) => number % 97 === 0)
  some.forEach((name, number) => add.run(number, searchText([name]), ''))
  const find = sqlite.prepare('SELECT rowid FROM words WHERE words MATCH ?').pluck()
  const lost = some.filter((name, number) => {
    const words = wantedWords(name)
    return words.length > 0 && !find.all(matchText(words, [])).includes(number)
  })
  sqlite.close()
  assert.deepEqual(lost, [])
})
