import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test, type TestContext } from 'node:test'
import { findBrowser, startsBrowser } from '../../scripts/find-browser.ts'
import { freshFolder } from '../_support/volumes.ts'

const onLinux = { skip: process.platform === 'linux' ? false : 'Windows and macOS do not ask' }

function program(t: TestContext, script: string): string {
  const file = path.join(freshFolder(t), 'chromium')
  fs.writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return file
}

function setVariable(t: TestContext, name: string, value: string): void {
  const before = process.env[name]
  process.env[name] = value
  t.after(() => {
    if (before === undefined) Reflect.deleteProperty(process.env, name)
    else process.env[name] = before
  })
}

test('a script that only explains how to install a browser is not one', onLinux, (t) => {
  const stub = program(t, 'echo "requires the chromium snap to be installed" >&2; exit 1')
  assert.equal(startsBrowser(stub), false)
  assert.equal(startsBrowser(program(t, 'echo "Chromium 150.0.1"')), true)
  assert.equal(startsBrowser('/nowhere/chromium'), false)
})

test('CHROME_PATH comes before the PATH, and a broken one is passed over', onLinux, (t) => {
  const onPath = program(t, 'echo "Chromium 150.0.1"')
  setVariable(t, 'PATH', path.dirname(onPath))
  setVariable(t, 'CHROME_PATH', '')
  assert.equal(findBrowser(), onPath)
  const named = program(t, 'echo "Chromium 151.0.2"')
  setVariable(t, 'CHROME_PATH', named)
  assert.equal(findBrowser(), named)
  setVariable(t, 'CHROME_PATH', program(t, 'exit 127'))
  assert.equal(findBrowser(), onPath)
})
