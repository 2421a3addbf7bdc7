/** The runner in a checkout of its own: what `npm run synapse` runs, and when it builds that. */
import assert from 'node:assert/strict'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs'
import { join } from 'node:path'
import { describe, test, type TestContext } from 'node:test'
import { freshFolder, skipLoudly, tmpfs } from '../_support/volumes.ts'

const ROOT = join(import.meta.dirname, '../..')
const FOLDERS = ['comfy-extension', 'docs', 'schemas', 'scripts', 'sidecar', 'web-components']
const FILES = ['LICENSE', 'package.json', 'package-lock.json', 'tsconfig.json']

/** Whether the packages are those of the lock file: else the runner would install them again. */
function isInstalled(): boolean {
  const digest = createHash('sha256').update(fs.readFileSync(join(ROOT, 'package-lock.json')))
  const stamp = join(ROOT, 'node_modules/.synapse-install')
  return fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8').startsWith(digest.digest('hex'))
}

/** A checkout in `folder` with the packages of this one. */
function checkout(folder: string) {
  for (const name of [...FOLDERS, ...FILES]) {
    fs.cpSync(join(ROOT, name), join(folder, name), { recursive: true })
  }
  fs.symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  const env = { ...process.env, SYNAPSE_HOME: join(folder, 'home') }
  const args = [join(folder, 'scripts/run.mjs'), 'synapse', 'version']
  const version = join(folder, 'schemas/version.ts')
  return {
    at: (name: string) => join(folder, name),
    run: () => spawnSync(process.execPath, args, { env, encoding: 'utf8' }),
    start: () => spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'inherit'] }),
    /** Makes the program report another version of the same length. */
    setVersion: (text: string) => {
      const source = fs.readFileSync(version, 'utf8')
      fs.writeFileSync(version, source.replace(/'[\d.]+'/u, `'${text}'`))
    },
  }
}

function skipped(t: TestContext): boolean {
  if (isInstalled()) return false
  skipLoudly(t, 'the packages are not those of package-lock.json: npm test installs them')
  return true
}

const ino = (file: string) => fs.statSync(file).ino

describe('what npm run synapse runs', () => {
  test('is built at first, and anew once the content of a source changed', (t) => {
    if (skipped(t)) return
    const { at, run, setVersion } = checkout(freshFolder(t))
    const first = run()
    assert.equal(first.stdout, '0.1.0\n', first.stderr)
    assert.match(first.stderr, /^dist: sidecar /u)
    const built = ino(at('dist/sidecar/synapse.mjs'))
    assert.equal(run().stderr, '')
    const [entry, source] = [at('dist/.stamp.json'), at('sidecar/cli/main.ts')]
    const stamp = ino(entry)
    const now = new Date()
    fs.utimesSync(source, now, now)
    assert.match(run().stderr, /unchanged/u)
    assert.notEqual(ino(entry), stamp)
    assert.equal(run().stderr, '')
    assert.equal(ino(at('dist/sidecar/synapse.mjs')), built)
    const { mtime } = fs.statSync(at('schemas/version.ts'))
    setVersion('7.8.9')
    fs.utimesSync(at('schemas/version.ts'), mtime, mtime)
    assert.equal(run().stdout, '7.8.9\n')
  })

  test('is rebuilt if a part of it was removed', (t) => {
    if (skipped(t)) return
    const { at, run } = checkout(freshFolder(t))
    run()
    fs.rmSync(at('dist/page/index.html'))
    assert.equal(run().stdout, '0.1.0\n')
    assert.ok(fs.existsSync(at('dist/page/index.html')))
  })

  test('keeps parts that a running service may still load, and not for ever', (t) => {
    if (skipped(t)) return
    const { at, run, setVersion } = checkout(freshFolder(t))
    run()
    const parts = () =>
      fs.readdirSync(at('dist/sidecar')).filter((name) => name.startsWith('part-'))
    const first = new Set(parts())
    setVersion('1.0.0')
    run()
    assert.ok(first.isSubsetOf(new Set(parts())))
    for (const version of ['2.0.0', '3.0.0', '4.0.0']) {
      setVersion(version)
      run()
    }
    assert.ok(!first.isSubsetOf(new Set(parts())))
  })

  test('is whole for each of several that start at once', async (t) => {
    if (skipped(t)) return
    const { run, start, setVersion } = checkout(freshFolder(t))
    run()
    setVersion('4.5.6')
    const all = [1, 2, 3, 4].map(async () => {
      const child = start()
      let out = ''
      child.stdout.on('data', (text) => (out += String(text)))
      const [code] = (await once(child, 'close')) as [number]
      return [code, out]
    })
    assert.deepEqual(await Promise.all(all), Array(4).fill([0, '4.5.6\n']))
  })

  test('is not an older build where a change does not compile', (t) => {
    if (skipped(t)) return
    const { at, run } = checkout(freshFolder(t))
    run()
    fs.appendFileSync(at('sidecar/cli/main.ts'), '\nconst = 1\n')
    const { status, stdout, stderr } = run()
    assert.deepEqual([status, stdout], [1, ''])
    assert.match(stderr, /dist: not built/u)
  })

  test('is the sources where the disk takes no writes, and not an older build', (t) => {
    if (skipped(t)) return
    const folder = tmpfs(t, '64m')
    if (folder === null) return
    const { run, setVersion, at } = checkout(folder)
    run()
    setVersion('9.9.9')
    execFileSync('mount', ['-o', 'remount,ro', folder])
    const { status, stdout, stderr } = run()
    assert.deepEqual([status, stdout], [0, '9.9.9\n'], stderr)
    assert.match(stderr, /sources run instead/u)
    assert.ok(!fs.existsSync(at('.build.lock')))
  })
})
