import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import { setFolderTime } from '../../../../sidecar/domain/views/folder-times.ts'
import { temporaryFolder } from '../../../_support/test-synapse.ts'

const ROUNDS = 500

test('a folder never has the moment of its change as the time that it got', (t) => {
  const folder = temporaryFolder(t)
  for (let round = 0; round < ROUNDS; round += 1) {
    const at = Date.now() + 1
    while (Date.now() < at);
    setFolderTime(folder, at)
    const { mtimeMs, ctimeMs } = fs.lstatSync(folder)
    assert.ok(Math.abs(mtimeMs - at) < 0.01)
    assert.ok(Math.abs(mtimeMs - ctimeMs) >= 0.01, `round ${String(round)}`)
  }
})
