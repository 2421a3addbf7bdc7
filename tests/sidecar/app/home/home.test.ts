import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { describe, it } from 'node:test'
import {
  homeAt,
  readService,
  removeService,
  userHome,
  writeComfyuiView,
  writeService,
} from '../../../../sidecar/app/home/home.ts'
import { temporaryFolder } from '../../../_support/http-app.ts'

const info = { url: 'http://127.0.0.1:8377', pid: 7, root: '/store', token: 'secret' }

describe('the home', () => {
  it('is SYNAPSE_HOME, else .synapse of the user', () => {
    assert.equal(userHome({ SYNAPSE_HOME: '/h' }).folder, resolve('/h'))
    assert.equal(userHome({ SYNAPSE_HOME: 'h' }).folder, resolve('h'))
    assert.equal(userHome({ SYNAPSE_HOME: '' }).folder, join(homedir(), '.synapse'))
    assert.equal(userHome({}).folder, join(homedir(), '.synapse'))
  })

  it('shows how the service is reached, to this user only', async (t) => {
    const home = homeAt(join(temporaryFolder(t), 'deep', 'home'))
    assert.equal(readService(home), null)
    await writeService(home, { ...info, startup_timeout_ms: 1500 })
    assert.deepEqual(readService(home), { ...info, startup_timeout_ms: 1500 })
    assert.equal(home.serviceFile, join(home.folder, 'run', 'service.json'))
    assert.equal(statSync(home.serviceFile).mode & 0o777, 0o600)
    assert.equal(statSync(home.runFolder).mode & 0o777, 0o700)
  })

  it('forgets only the service whose token is named', async (t) => {
    const home = homeAt(temporaryFolder(t))
    await writeService(home, info)
    await removeService(home, 'of an older service')
    assert.ok(readService(home))
    await removeService(home, 'secret')
    await removeService(home, 'secret')
    assert.equal(readService(home), null)
  })

  it('is read without an error whatever stands there', async (t) => {
    const home = homeAt(temporaryFolder(t))
    await writeService(home, info)
    for (const text of ['', '{', '[]', '{"url":1}', 'null']) {
      writeFileSync(home.serviceFile, text)
      assert.equal(readService(home), null)
    }
  })

  it('names the view that ComfyUI lists without a service', async (t) => {
    const home = homeAt(temporaryFolder(t))
    await writeComfyuiView(home, '/store/data/views/comfyui/active')
    assert.deepEqual(JSON.parse(readFileSync(home.comfyuiFile, 'utf8')), {
      view: '/store/data/views/comfyui/active',
    })
  })
})
