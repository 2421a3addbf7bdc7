import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shortenMiddle, textWidth } from '../../../sidecar/cli/width.ts'
import { ANSWERS, item, SHA } from './answers.ts'
import { run } from './fake-host.ts'

const LISTS = [
  ['inventory'],
  ['list'],
  ['show', 'Portraits'],
  ['profiles'],
  ['jobs'],
  ['journal'],
  ['trash'],
  ['sessions'],
  ['import', '/old', '--dry-run'],
  ['import', '/old'],
]

for (const argv of LISTS) {
  for (const width of [60, 80, 200]) {
    test(`${argv.join(' ')}: no row is wider than ${String(width)} columns`, async () => {
      const { out, code } = await run(argv, { tty: true, width })
      assert.equal(code, 0)
      const rows = out.split('\n\n').flatMap((part) => part.split('\n'))
      const tableRows = rows.filter((line) => / {2}/u.test(line.trim()) && !/^Pack {2}/u.test(line))
      assert.ok(tableRows.length > 0)
      for (const line of tableRows) assert.ok(textWidth(line) <= width, `${line}|`)
    })
  }
}

test('a narrow table keeps name, size and digest; a wide one shows all', async () => {
  const narrow = await run(['inventory'], { tty: true, width: 60 })
  assert.match(narrow.out, /^Name +Kind +Size +Status +Digest\n/u)
  assert.match(narrow.out, /a-very-lon….*fetensors +lora +6.8 GB +referenced/u)
  assert.ok(narrow.out.includes(SHA.slice(0, 12)))
  const wide = await run(['inventory'], { tty: true, width: 200 })
  assert.ok(wide.out.includes(item.display_name))
  assert.match(wide.out, /Where.*Used by/u)
})

test('a pipe gets whole names', async () => {
  assert.ok((await run(['inventory'])).out.includes(item.display_name))
})

test('numbers stand on the right, unknown sizes are a dash', async () => {
  const [, first = '', second = ''] = (await run(['inventory'])).out.split('\n')
  assert.equal(first.indexOf('6.8 GB') + 6, second.indexOf('–') + 1)
})

test('what a page leaves out is counted', async () => {
  assert.match((await run(['inventory'])).out, /\n… and 58 more\n$/u)
})

test('wide signs are counted as two columns', async () => {
  const named = { ...item, display_name: '電影顆粒'.repeat(20) }
  const list = { ...ANSWERS['inventory.list'], total: 1, items: [named] }
  const options = { tty: true, width: 60, answers: { 'inventory.list': () => list } }
  for (const line of (await run(['inventory'], options)).out.split('\n')) {
    assert.ok(textWidth(line) <= 60, line)
  }
})

test('a text is shortened in its middle, and no wider than asked', () => {
  assert.equal(shortenMiddle('film-grain.safetensors', 11), 'film-…nsors')
  for (let width = 1; width < 30; width += 1) {
    assert.ok(textWidth(shortenMiddle('電影a顆粒b.safetensors', width)) <= width)
  }
})
