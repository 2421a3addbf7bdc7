import assert from 'node:assert/strict'
import fs from 'node:fs'
import { basename, join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { removeIf, replaceIf } from '../../../sidecar/platform/remove-if.ts'
import {
  asideWithName,
  isAsideName,
  nameBeforeAside,
} from '../../../sidecar/platform/aside-name.ts'
import type { DiskCall } from '../../../sidecar/platform/disk-calls.ts'
import { freshFolder } from '../../_support/volumes.ts'
import { watching } from '../../safety/watching.ts'

const isOurs = (path: string) => fs.readFileSync(path, 'utf8') === 'ours'

/** A folder with a file of ours, and what is in it by name. */
function setUp(t: TestContext) {
  const folder = freshFolder(t)
  const path = join(folder, 'link')
  fs.writeFileSync(path, 'ours')
  const content = () =>
    Object.fromEntries(
      fs.readdirSync(folder).map((name) => [name, fs.readFileSync(join(folder, name), 'utf8')]),
    )
  return { path, content }
}

/** Does something before the first call of a kind. */
function before<T>(op: DiskCall['op'], act: () => void, run: () => Promise<T>): Promise<T> {
  let done = false
  return watching((call) => {
    if (call.op !== op || done) return
    done = true
    act()
  }, run)
}

describe('removing what is meant', () => {
  it('removes it, and leaves nothing', async (t) => {
    const { path, content } = setUp(t)
    assert.equal(await removeIf({ path, isMeant: isOurs }), 'removed')
    assert.deepEqual(content(), {})
  })

  it('says where nothing is', async (t) => {
    const { path, content } = setUp(t)
    fs.unlinkSync(path)
    assert.equal(await removeIf({ path, isMeant: isOurs }), 'gone')
    assert.deepEqual(content(), {})
  })

  it('keeps what another program puts there in the last moment', async (t) => {
    const { path, content } = setUp(t)
    const write = () => {
      fs.writeFileSync(path, 'theirs')
    }
    const removal = await before('rename', write, () => removeIf({ path, isMeant: isOurs }))
    assert.equal(removal, 'kept')
    assert.deepEqual(content(), { link: 'theirs' })
  })

  it('keeps a folder', async (t) => {
    const { path } = setUp(t)
    fs.unlinkSync(path)
    fs.mkdirSync(path)
    fs.writeFileSync(join(path, 'model'), 'theirs')
    const isFile = (at: string) => fs.lstatSync(at).isFile()
    assert.equal(await removeIf({ path, isMeant: isFile }), 'kept')
    assert.equal(fs.readFileSync(join(path, 'model'), 'utf8'), 'theirs')
  })

  it('keeps both where the name is taken twice', async (t) => {
    const { path, content } = setUp(t)
    fs.writeFileSync(path, 'theirs')
    const write = () => {
      fs.writeFileSync(path, 'theirs too')
    }
    const removal = await before('link', write, () => removeIf({ path, isMeant: isOurs }))
    assert.equal(removal, 'kept')
    assert.deepEqual(Object.values(content()).sort(), ['theirs', 'theirs too'])
    const aside = Object.keys(content()).find(isAsideName) ?? ''
    assert.equal(nameBeforeAside(aside), 'link')
  })

  it('puts it back where it cannot be looked at', async (t) => {
    const { path, content } = setUp(t)
    const isMeant = () => {
      throw new Error('unreadable')
    }
    await assert.rejects(removeIf({ path, isMeant }), /unreadable/u)
    assert.deepEqual(content(), { link: 'ours' })
  })
})

describe('replacing what is meant', () => {
  const filling = (path: string) => () => {
    fs.writeFileSync(path, 'new', { flag: 'wx' })
    return true
  }

  it('puts the new file in its place', async (t) => {
    const { path, content } = setUp(t)
    assert.equal(await replaceIf({ path, isMeant: isOurs }, filling(path)), 'removed')
    assert.deepEqual(content(), { link: 'new' })
  })

  it('keeps the old one where the new one cannot be made', async (t) => {
    const { path, content } = setUp(t)
    const fill = () => {
      throw new Error('full')
    }
    await assert.rejects(replaceIf({ path, isMeant: isOurs }, fill), /full/u)
    assert.deepEqual(content(), { link: 'ours' })
  })

  it('leaves the name to another program that was faster', async (t) => {
    const { path, content } = setUp(t)
    const fill = () => {
      fs.writeFileSync(path, 'theirs')
      return false
    }
    assert.equal(await replaceIf({ path, isMeant: isOurs }, fill), 'kept')
    assert.deepEqual(content(), { link: 'theirs' })
  })
})

describe('a name that says what it was', () => {
  it('is known, with the name in it', () => {
    const aside = basename(asideWithName('/x/.a b\n.safetensors'))
    assert.equal(isAsideName(aside), true)
    assert.equal(nameBeforeAside(aside), '.a b\n.safetensors')
  })

  it('is without it where that is long', () => {
    const aside = basename(asideWithName(`/x/${'字'.repeat(60)}`))
    assert.equal(isAsideName(aside), true)
    assert.equal(nameBeforeAside(aside), null)
  })
})
