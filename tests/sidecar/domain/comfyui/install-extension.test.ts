import assert from 'node:assert/strict'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import {
  installExtension,
  uninstallExtension,
} from '../../../../sidecar/domain/comfyui/install-extension.ts'
import { temporaryFolder } from '../../../_support/http-app.ts'

function setup(t: TestContext) {
  const folder = temporaryFolder(t)
  const path = join(folder, 'ComfyUI')
  const extensionFolder = join(folder, 'comfy-extension')
  fs.mkdirSync(join(path, 'custom_nodes'), { recursive: true })
  fs.writeFileSync(join(path, 'main.py'), '')
  fs.mkdirSync(join(extensionFolder, 'web'), { recursive: true })
  fs.mkdirSync(join(extensionFolder, '__pycache__'))
  fs.writeFileSync(join(extensionFolder, '__pycache__', 'x.pyc'), '')
  fs.writeFileSync(join(extensionFolder, '__init__.py'), 'one')
  fs.writeFileSync(join(extensionFolder, 'web', 'panel.mjs'), Uint8Array.from([0xff, 0x00]))
  const target = join(path, 'custom_nodes', 'synapse')
  const at = (name: string) => join(target, name)
  const request = (copy = false, dry_run = false) => ({ path, copy, dry_run })
  const source = { extensionFolder }
  return {
    path,
    extensionFolder,
    target,
    at,
    install: (copy?: boolean, dry?: boolean) => installExtension(request(copy, dry), source),
    uninstall: (dry?: boolean) => uninstallExtension(request(false, dry), source),
  }
}

const exists = (path: string) => fs.lstatSync(path, { throwIfNoEntry: false }) !== undefined

describe('a link', () => {
  it('is made once and taken out again, the extension staying', async (t) => {
    const { install, uninstall, target, extensionFolder } = setup(t)
    assert.equal((await install(false, true)).how, 'link')
    assert.ok(!exists(target))
    assert.equal((await install()).how, 'link')
    assert.equal(fs.readlinkSync(target), extensionFolder)
    assert.equal((await install()).how, 'already_there')
    assert.equal((await install(true)).how, 'already_there')
    assert.equal((await uninstall(true)).how, 'removed')
    assert.ok(exists(target))
    assert.equal((await uninstall()).how, 'removed')
    assert.ok(!exists(target))
    assert.ok(exists(join(extensionFolder, '__init__.py')))
    assert.equal((await uninstall()).how, 'not_there')
  })
})

describe('a link to another checkout', () => {
  it('leads to this one afterwards, whether the other is still there or not', async (t) => {
    const { install, target, extensionFolder, path } = setup(t)
    const other = join(path, '..', 'other', 'comfy-extension')
    for (const isThere of [false, true]) {
      if (isThere) fs.mkdirSync(other, { recursive: true })
      if (isThere) fs.writeFileSync(join(other, '..', 'package.json'), '{"name":"synapse"}')
      fs.rmSync(target, { force: true })
      fs.symlinkSync(other, target)
      assert.equal((await install(true, true)).how, 'link')
      assert.equal(fs.readlinkSync(target), other)
      assert.equal((await install(true)).how, 'link')
      assert.equal(fs.readlinkSync(target), extensionFolder)
    }
    assert.deepEqual(fs.readdirSync(other), [])
  })

  it('is taken out', async (t) => {
    const { uninstall, target } = setup(t)
    fs.symlinkSync('/gone/comfy-extension', target)
    assert.equal((await uninstall()).how, 'removed')
    assert.ok(!exists(target))
  })

  it('is none where the folder is that of another program', async (t) => {
    const { install, target, path } = setup(t)
    const other = join(path, '..', 'other', 'comfy-extension')
    fs.mkdirSync(other, { recursive: true })
    fs.symlinkSync(other, target)
    await assert.rejects(install(), { code: 'view.path_taken' })
    fs.writeFileSync(join(other, '..', 'package.json'), '{"name":"another"}')
    await assert.rejects(install(), { code: 'view.path_taken' })
  })
})

describe('a copy', () => {
  it('holds the bytes of the extension, and nothing of it stays afterwards', async (t) => {
    const { install, uninstall, target, at } = setup(t)
    assert.equal((await install(true, true)).how, 'copy')
    assert.ok(!exists(target))
    assert.equal((await install(true)).how, 'copy')
    assert.deepEqual(fs.readdirSync(target).sort(), [
      '.synapse-extension.json',
      '__init__.py',
      'web',
    ])
    assert.deepEqual([...fs.readFileSync(at('web/panel.mjs'))], [0xff, 0x00])
    assert.equal((await install()).how, 'already_there')
    fs.mkdirSync(at('__pycache__'))
    fs.writeFileSync(at('__pycache__/__init__.cpython-312.pyc'), 'compiled')
    assert.equal((await uninstall()).how, 'removed')
    assert.ok(!exists(target))
  })

  it('is brought up to date: new, changed and dropped files', async (t) => {
    const { install, uninstall, at, target, extensionFolder } = setup(t)
    await install(true)
    fs.writeFileSync(join(extensionFolder, '__init__.py'), 'two')
    fs.writeFileSync(join(extensionFolder, 'new.py'), 'new')
    fs.rmSync(join(extensionFolder, 'web'), { recursive: true })
    assert.equal((await install(true)).how, 'copy')
    assert.equal(fs.readFileSync(at('__init__.py'), 'utf8'), 'two')
    assert.ok(exists(at('new.py')) && !exists(at('web')))
    await uninstall()
    assert.ok(!exists(target))
  })

  it('keeps files that were changed or added', async (t) => {
    const { install, uninstall, at, extensionFolder } = setup(t)
    await install(true)
    fs.writeFileSync(at('__init__.py'), 'mine')
    fs.writeFileSync(at('web/own.txt'), 'mine')
    fs.writeFileSync(join(extensionFolder, '__init__.py'), 'two')
    await assert.rejects(install(true), { code: 'view.path_taken' })
    const { next } = await uninstall()
    assert.match(next, /__init__\.py/u)
    assert.ok(exists(at('__init__.py')) && exists(at('web/own.txt')))
    assert.ok(!exists(at('web/panel.mjs')))
  })
})

describe('what is not ours', () => {
  it('is refused, be it a folder, a link or a file', async (t) => {
    const { install, uninstall, target, at } = setup(t)
    const make = [
      () => fs.mkdirSync(target),
      () => fs.symlinkSync('/nowhere', target),
      () => fs.writeFileSync(target, ''),
    ]
    for (const one of make) {
      one()
      await assert.rejects(install(), { code: 'view.path_taken' })
      await assert.rejects(uninstall(), { code: 'view.path_taken' })
      fs.rmSync(target, { recursive: true })
    }
    fs.mkdirSync(target)
    fs.writeFileSync(at('.synapse-extension.json'), '{"files":[{"path":"../../main.py"}]}')
    await assert.rejects(uninstall(), { code: 'view.path_taken' })
  })

  it('is no ComfyUI without its program and custom_nodes', async (t) => {
    const { install, path } = setup(t)
    fs.rmSync(join(path, 'main.py'))
    await assert.rejects(install(), { code: 'comfyui.not_found' })
    fs.writeFileSync(join(path, 'folder_paths.py'), '')
    assert.equal((await install()).how, 'link')
    fs.rmSync(join(path, 'custom_nodes'), { recursive: true })
    await assert.rejects(install(), { code: 'comfyui.not_found' })
  })
})
