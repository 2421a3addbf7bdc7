/** Numbers, sizes and words as people read them, in both languages. */
import assert from 'node:assert/strict'
import { afterEach, test } from 'node:test'
import { browserName } from '../../web-components/format/names.ts'
import { formatBytes, formatSeconds } from '../../web-components/format/numbers.ts'
import type { Message } from '../../web-components/i18n/catalogue.ts'
import { cs } from '../../web-components/i18n/cs.ts'
import { en } from '../../web-components/i18n/en.ts'
import { setLocale, t } from '../../web-components/i18n/translate.ts'

afterEach(() => setLocale('en'))

test('sizes and spans follow the language', () => {
  assert.deepEqual([formatBytes(6_800_000_000), formatSeconds(5400)], ['6.8 GB', '1.5 h'])
  setLocale('cs-CZ')
  assert.deepEqual([formatBytes(6_800_000_000), formatSeconds(5400)], ['6,8 GB', '1,5 h'])
})

test('plurals follow the language', () => {
  const files = () => [1, 2, 5, 1204].map((n) => t('packs.files', { n }))
  assert.deepEqual(files(), ['1 file', '2 files', '5 files', '1,204 files'])
  setLocale('cs-CZ')
  assert.deepEqual(files(), ['1 soubor', '2 soubory', '5 souborů', '1\u00a0204 souborů'])
})

test('an unknown language falls back to English', () => {
  setLocale('tlh')
  assert.equal(t('packs.title'), 'Packs')
})

test('a locale that is no language tag still gives numbers', () => {
  setLocale('en-US@posix')
  assert.deepEqual(
    [t('packs.files', { n: 1204 }), formatBytes(6_800_000)],
    ['1,204 files', '6.8 MB'],
  )
})

test('every Czech text has the values of the English one', () => {
  const values = (message: Message) =>
    [...JSON.stringify(message).matchAll(/\{(\w+)\}/gu)].map(([, name]) => name ?? '')
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    assert.deepEqual(new Set(values(cs[key])), new Set(values(en[key])), key)
  }
})

test('a user agent is described in two words', () => {
  const chrome = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/156.0.0.0 Safari/537.36'
  assert.equal(browserName(chrome), 'Chrome 156, Linux')
  assert.equal(browserName('curl/8.1'), 'curl/8.1')
})
