/** The package as people get it: packed, installed into an empty folder, run from there. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { createClient, type Client } from '../../schemas/client.ts'
import { homeAt, readService } from '../../sidecar/app/home/home.ts'
import { endOf, until, writeModels } from './real-service.ts'

const ROOT = join(import.meta.dirname, '../..')
const UNREACHED = /ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT/u
/** Of the npm settings of the tests, a nested npm only gets the source of packages. */
const NPM_SETTINGS = new Set(['npm_config_cache', 'npm_config_registry', 'npm_config_userconfig'])

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'synapse-installed-')))
after(() => {
  rmSync(folder, { recursive: true, force: true })
})
const app = join(folder, 'app')
const home = join(folder, 'home')
const root = join(folder, 'store')
const installed = join(app, 'node_modules/synapse')

function environment(): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(?:npm_|SYNAPSE_|INIT_CWD|NODE_COMPILE_CACHE)/iu.test(name) || NPM_SETTINGS.has(name),
  )
  return {
    ...Object.fromEntries(inherited),
    SYNAPSE_HOME: home,
    XDG_CACHE_HOME: join(folder, 'cache'),
  }
}

function npm(cwd: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd,
    env: environment(),
    encoding: 'utf8',
  })
  return { ok: status === 0, said: stdout + stderr }
}

/** Packs and installs; says why where the packages it needs can be had from nowhere. */
function install(): string | null {
  const packed = npm(ROOT, 'pack', '--silent', '--pack-destination', folder)
  assert.ok(packed.ok, packed.said)
  const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz')) ?? assert.fail('none')
  mkdirSync(app)
  const done = npm(app, 'install', '--prefer-offline', '--omit=dev', join(folder, tarball))
  if (!done.ok && UNREACHED.test(done.said)) return `npm reaches no registry: ${done.said}`
  assert.ok(done.ok, done.said)
  return null
}

function synapse(...args: string[]): string {
  return execFileSync('npx', ['--no', '--', 'synapse', '--root', root, ...args], {
    cwd: app,
    env: environment(),
    encoding: 'utf8',
  })
}

/** Starts `npx synapse serve`; the service ends with the tests. */
async function serve(): Promise<{ client: Client; url: string }> {
  const child = spawn('npx', ['--no', '--', 'synapse', 'serve', '--root', root, '--port', '0'], {
    cwd: app,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => (output += String(text)))
  const service = () => readService(homeAt(home))
  await until(() => {
    assert.equal(child.exitCode, null, output)
    return output.includes('Synapse answers on') && service() !== null
  })
  const { url, token, pid } = service() ?? assert.fail('no service is announced')
  after(async () => {
    process.kill(pid, 'SIGTERM')
    if (child.exitCode === null) await once(child, 'exit')
  })
  return { client: createClient({ baseUrl: url, token: () => token }), url }
}

const text = async (url: string) => {
  const answer = await fetch(url)
  assert.equal(answer.status, 200, url)
  return answer.text()
}

describe('the packed package in an empty folder', () => {
  let unreached: string | null = null
  before(() => {
    unreached = install()
    if (unreached !== null) console.error(`SKIPPED: ${unreached}`)
  })

  test('holds no sources, and nothing of the checkout that it needs', (t) => {
    if (unreached !== null) return t.skip(unreached)
    const names = readdirSync(installed).sort()
    assert.deepEqual(names, ['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json'])
    assert.ok(!existsSync(join(installed, 'dist/.stamp.json')))
    const other = readdirSync(join(app, 'node_modules')).filter((name) => !name.startsWith('.'))
    assert.ok(!other.includes('hono') && !other.includes('node'), other.join())
  })

  test('serves page, documents and store, and goes into a ComfyUI', async (t) => {
    if (unreached !== null) return t.skip(unreached)
    assert.match(synapse('version'), /^\d+\.\d+\.\d+$/mu)
    const { client, url } = await serve()
    assert.match(await text(`${url}/`), /page\.mjs/u)
    assert.ok((await text(`${url}/page.mjs`)).length > 10_000)
    assert.match(await text(`${url}/docs`), /\/docs\/commands/u)
    assert.match(await text(`${url}/docs/commands`), /synapse serve/u)
    const comfyui = join(folder, 'ComfyUI')
    mkdirSync(join(comfyui, 'custom_nodes'), { recursive: true })
    writeFileSync(join(comfyui, 'main.py'), '')
    synapse('comfyui', 'install', '--path', comfyui)
    const extension = realpathSync(join(comfyui, 'custom_nodes/synapse'))
    assert.equal(extension, join(installed, 'dist/comfy-extension'))
    for (const name of ['__init__.py', 'prestartup_script.py', 'web/synapse.js']) {
      assert.ok(existsSync(join(extension, name)), name)
    }
    // Its programs find each other: child processes read, threads hash and take bodies apart.
    const models = writeModels(join(folder, 'models/loras'), 3, 2000)
    const { id } = await client.call('imports.start', { body: { paths: models, pack: 'Three' } })
    assert.equal((await endOf(client, id)).result?.['imported'], 3)
    const paths = Array.from({ length: 1000 }, () => models).flat()
    const preview = await client.call('imports.preview', { body: { paths } })
    assert.equal(preview.files.total, 3)
  })

  test('is imported from code, with types, on a Node without newer globals', async (t) => {
    if (unreached !== null) return t.skip(unreached)
    const source = `
      import { createSynapse } from 'synapse'
      import { createClient, type Client } from 'synapse/client'
      const root: string = process.argv[2] ?? ''
      const synapse = await createSynapse({ root, home: root + '-home' })
      const client: Client = synapse.client
      await client.call('store.init', { body: {} })
      const { total }: { total: number } = await client.call('packs.list')
      // @ts-expect-error no such address
      await client.call('packs.nothing').catch(() => null)
      console.log(total, typeof createClient)
      await synapse[Symbol.asyncDispose]()
    `
    writeFileSync(join(app, 'use.mts'), source)
    const types = join(ROOT, 'node_modules/@types')
    const options = ['--strict', '--noEmit', '--target', 'es2024', '--module', 'nodenext']
    const compiler = join(ROOT, 'node_modules/typescript/bin/tsc')
    const compiled = spawnSync(
      process.execPath,
      [compiler, ...options, '--typeRoots', types, '--types', 'node', 'use.mts'],
      { cwd: app, encoding: 'utf8' },
    )
    assert.equal(compiled.status, 0, compiled.stdout)
    const older = 'data:text/javascript,delete globalThis.AsyncDisposableStack'
    const args = ['--import', older, 'use.mts', join(folder, 'other')]
    const out = execFileSync(process.execPath, args, {
      cwd: app,
      env: environment(),
      encoding: 'utf8',
    })
    assert.equal(out.trim(), '0 function')
  })
})

test('the manifest promises the Node that the parts need', () => {
  const engines = (file: string) =>
    (JSON.parse(readFileSync(join(ROOT, file), 'utf8')) as { engines: { node: string } }).engines
      .node
  assert.equal(engines('package.json'), '>=22')
  assert.equal(engines('node_modules/better-sqlite3/package.json'), '>=22')
})
