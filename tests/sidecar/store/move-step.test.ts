import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { identityAt, seenFile } from '../../../sidecar/platform/file-identity.ts'
import { makeMove, makeSecondName } from '../../../sidecar/store/move-step.ts'
import type { Seen } from '../../../sidecar/store/move-step.ts'
import { temporaryFolder } from '../../_support/test-synapse.ts'

function folderOf(t: TestContext) {
  const root = temporaryFolder(t)
  const at = (place: string) => join(root, place)
  fs.writeFileSync(at('a'), 'bytes')
  const move = (more: { readonly seen?: Seen; readonly aside?: string } = {}) =>
    makeMove({ do: 'move', from: 'a', to: 'new/b', ...more }, at)
  return { at, move, text: (place: string) => fs.readFileSync(at(place), 'utf8') }
}

function seen(path: string): Seen {
  const file = identityAt(path)
  assert.ok(file)
  return seenFile(file)
}

describe('a move', () => {
  it('makes the folder it needs, and may be repeated', async (t) => {
    const { at, move, text } = folderOf(t)
    await move()
    await move()
    assert.deepEqual([text('new/b'), fs.existsSync(at('a'))], ['bytes', false])
  })

  it('writes over nothing', async (t) => {
    const { at, move, text } = folderOf(t)
    fs.mkdirSync(at('new'))
    fs.writeFileSync(at('new/b'), 'of the user')
    await assert.rejects(move(), { code: 'view.path_taken' })
    assert.deepEqual([text('a'), text('new/b')], ['bytes', 'of the user'])
  })

  it('takes the old name away where it was interrupted between the two', async (t) => {
    const { at, move, text } = folderOf(t)
    fs.mkdirSync(at('new'))
    fs.linkSync(at('a'), at('new/b'))
    await move()
    assert.deepEqual([text('new/b'), fs.existsSync(at('a'))], ['bytes', false])
  })

  it('leaves a file that was written to since it was read', async (t) => {
    const { at, move, text } = folderOf(t)
    const before = seen(at('a'))
    fs.appendFileSync(at('a'), ' more')
    await assert.rejects(move({ seen: before }), { code: 'import.source_changed' })
    assert.deepEqual([text('a'), fs.existsSync(at('new/b'))], ['bytes more', false])
  })

  it('gives a file that waits under another name its own back first', async (t) => {
    const { at, move, text } = folderOf(t)
    fs.renameSync(at('a'), at('aside'))
    await move({ aside: 'aside' })
    assert.deepEqual([text('new/b'), fs.existsSync(at('aside'))], ['bytes', false])
  })

  it('says that a file is gone that stands under neither name', async (t) => {
    const { at, move } = folderOf(t)
    fs.rmSync(at('a'))
    await assert.rejects(move(), { code: 'blob.not_found' })
  })

  it('of a folder never goes into one that is not empty', async (t) => {
    const { at } = folderOf(t)
    fs.mkdirSync(at('from/in'), { recursive: true })
    fs.mkdirSync(at('to'))
    fs.writeFileSync(at('to/kept'), '')
    const step = { do: 'move', from: 'from', to: 'to' } as const
    await assert.rejects(makeMove(step, at), { code: 'view.path_taken' })
    fs.rmSync(at('to/kept'))
    await makeMove(step, at)
    assert.deepEqual([fs.readdirSync(at('to')), fs.existsSync(at('from'))], [['in'], false])
  })
})

describe('a second name', () => {
  it('is of the same file, and may be asked for again', async (t) => {
    const { at } = folderOf(t)
    await makeSecondName(at('a'), at('new/b'))
    await makeSecondName(at('a'), at('new/b'))
    assert.equal(fs.statSync(at('new/b')).ino, fs.statSync(at('a')).ino)
  })

  it('is not given to a file that changed since it was read', async (t) => {
    const { at } = folderOf(t)
    const before = seen(at('a'))
    fs.appendFileSync(at('a'), ' more')
    await assert.rejects(makeSecondName(at('a'), at('new/b'), before), {
      code: 'import.source_changed',
    })
    assert.equal(fs.existsSync(at('new/b')), false)
  })
})
