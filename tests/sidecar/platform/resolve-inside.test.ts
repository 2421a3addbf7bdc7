import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import { contains, realInside, resolveInside } from '../../../sidecar/platform/resolve-inside.ts'
import { freshFolder } from '../../_support/volumes.ts'

test('resolveInside() joins safe parts below the root', () => {
  assert.equal(resolveInside('/a/root', 'b/c d/é.txt'), '/a/root/b/c d/é.txt')
})

const bad = [
  '',
  '/etc/passwd',
  '..',
  'a/../../b',
  'a//b',
  './a',
  'a/.',
  'a\\b',
  'a\0b',
  'a\nb',
  'a/',
]
for (const inside of [...bad, 'x'.repeat(256)]) {
  test(`resolveInside() refuses ${JSON.stringify(inside.slice(0, 20))}`, () => {
    assert.throws(() => resolveInside('/a/root', inside), { code: 'input.invalid' })
  })
}

test('contains() goes by whole names', () => {
  assert.equal(contains('/a/root', '/a/root'), true)
  assert.equal(contains('/a/root', '/a/root/..b'), true)
  assert.equal(contains('/a/root', '/a/rootless/b'), false)
  assert.equal(contains('/a/root', '/a'), false)
})

test('realInside() resolves links and allows what stays inside', (t) => {
  const folder = freshFolder(t)
  fs.mkdirSync(join(folder, 'in'))
  fs.writeFileSync(join(folder, 'in', 'file'), '')
  fs.symlinkSync('in/file', join(folder, 'link'))
  fs.symlinkSync(folder, `${folder}-name`)
  t.after(() => {
    fs.unlinkSync(`${folder}-name`)
  })
  assert.equal(
    realInside([join(folder, 'nowhere'), folder], join(folder, 'link')),
    join(folder, 'in/file'),
  )
  assert.equal(realInside(`${folder}-name`, join(folder, 'in')), join(folder, 'in'))
})

test('realInside() refuses what lies outside, there or not, by name or by link', (t) => {
  const folder = freshFolder(t)
  const root = join(folder, 'root')
  fs.mkdirSync(root)
  fs.writeFileSync(join(folder, 'secret'), '')
  fs.symlinkSync('..', join(root, 'up'))
  const outside = [
    'secret',
    'nothing',
    'root/../secret',
    'root/up/secret',
    'root/up/nothing',
    'rootless',
  ]
  for (const path of outside.map((name) => `${folder}/${name}`)) {
    assert.throws(() => realInside(root, path), { code: 'auth.path_not_allowed' }, path)
  }
})

test('realInside() reports a path inside that does not exist', (t) => {
  const folder = freshFolder(t)
  fs.writeFileSync(join(folder, 'file'), '')
  fs.symlinkSync('gone', join(folder, 'broken'))
  for (const name of ['nothing', 'no/such/folder', 'broken', 'file/below']) {
    assert.throws(() => realInside(folder, join(folder, name)), { code: 'import.source_not_found' })
  }
})

test('realInside() refuses relative paths and NUL', (t) => {
  const folder = freshFolder(t)
  assert.throws(() => realInside(folder, 'file'), { code: 'input.invalid' })
  assert.throws(() => realInside(folder, `${folder}/a\0b`), { code: 'input.invalid' })
})
