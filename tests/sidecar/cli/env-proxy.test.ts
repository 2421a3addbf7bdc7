import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import net from 'node:net'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { openLoopback } from '../../_support/loopback.ts'

const ROOT = path.join(import.meta.dirname, '../../..')
const MAIN = path.join(ROOT, 'sidecar/cli/main.ts')
const HOOK = path.join(ROOT, 'comfy-extension/prestartup_script.py')

/** A proxy that takes every connection, keeps what comes and gives nothing back. */
async function recordingProxy(t: TestContext) {
  const heard: string[] = []
  const server = net.createServer((socket) => {
    heard.push('')
    const index = heard.length - 1
    socket.on('data', (bytes) => {
      heard[index] = (heard[index] ?? '') + bytes.toString('latin1')
      socket.write('HTTP/1.1 200 OK\r\n\r\n')
    })
    socket.on('error', () => undefined)
    setTimeout(() => socket.destroy(), 3000).unref()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.after(() => server.close())
  return { heard, url: `http://127.0.0.1:${String((server.address() as net.AddressInfo).port)}` }
}

const VARIABLES = [
  'HTTP_PROXY',
  'http_proxy',
  'HTTPS_PROXY',
  'https_proxy',
  'ALL_PROXY',
  'all_proxy',
]

function proxied(url: string): NodeJS.ProcessEnv {
  const { NO_PROXY: _no, no_proxy: _none, ...env } = process.env
  return { ...env, ...Object.fromEntries(VARIABLES.map((name) => [name, url])) }
}

async function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv) {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let out = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (bytes) => (out += String(bytes)))
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, out }
}

const HOW: Readonly<Record<string, NodeJS.ProcessEnv>> = {
  'HTTP_PROXY alone': {},
  NODE_USE_ENV_PROXY: { NODE_USE_ENV_PROXY: '1' },
  '--use-env-proxy': { NODE_OPTIONS: '--use-env-proxy' },
}

describe('a proxy of the environment', () => {
  for (const [how, more] of Object.entries(HOW)) {
    it(`(${how}) hears nothing of what the command asks the service`, async (t) => {
      const { heard, url } = await recordingProxy(t)
      const { home, root, asked } = await openLoopback(t)
      const env = { ...proxied(url), ...more, SYNAPSE_HOME: home }
      for (const args of [
        ['status'],
        ['token'],
        ['packs', 'list'],
        ['pack', 'create', 'Proxied'],
      ]) {
        const { code, out } = await run(process.execPath, [MAIN, ...args, '--root', root], env)
        if (args[0] !== 'packs') assert.equal(code, 0, `${args.join(' ')}: ${out}`)
      }
      assert.deepEqual(heard, [])
      assert.ok(asked.includes('POST /api/packs'), 'the service was asked, not the store itself')
    })
  }

  it('hears nothing of what the start-up hook of ComfyUI asks', async (t) => {
    if (spawnSync('python3', ['--version']).status !== 0) {
      t.skip('SKIPPED: there is no python3')
      return
    }
    const { heard, url } = await recordingProxy(t)
    const { home, asked } = await openLoopback(t)
    const { code } = await run('python3', [HOOK], { ...proxied(url), SYNAPSE_HOME: home })
    assert.equal(code, 0)
    assert.deepEqual(heard, [])
    assert.ok(
      asked.some((line) => line === 'POST /api/profiles/startup'),
      'it was asked for real',
    )
  })
})
