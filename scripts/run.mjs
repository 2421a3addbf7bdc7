/**
 * The one way every npm script starts: `node scripts/run.mjs [--bundle] <file> [args…]`.
 *
 * Plain JavaScript that Node 20 can run. It installs what the lock file asks for, makes sure that
 * the project's own Node 24 is there, bundles the panel with `--bundle`, and runs the file with
 * that Node: same stdio, signals passed on, and the file's exit code or signal as its own.
 */
import { spawn } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import fs from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const WANTED_MAJOR = 24
const WINDOWS = process.platform === 'win32'
const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)))
const MODULES = path.join(ROOT, 'node_modules')
const BIN = path.join(MODULES, '.bin')
/** npm's .bin holds a shell wrapper on Windows; the program itself lies below the package. */
const NODE = WINDOWS ? path.join(MODULES, 'node', 'bin', 'node.exe') : path.join(BIN, 'node')
const STAMP = path.join(MODULES, '.synapse-install')
const LOCK = path.join(ROOT, '.install.lock')
const LOCK_WAIT_MS = 10 * 60_000

class Stop extends Error {}

/** PATH without any node_modules/.bin: npm must not run on the Node that it is about to replace. */
function pathWithoutModules() {
  const parts = (process.env.PATH ?? '').split(path.delimiter)
  return parts.filter((part) => !/node_modules[\\/]\.bin[\\/]?$/.test(part)).join(path.delimiter)
}

function pathWithModules() {
  return [BIN, pathWithoutModules()].join(path.delimiter)
}

/** Runs a program with our stdio and passes signals on; resolves to `{ code, signal }`. */
function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options })
    // A terminal sends Ctrl-C to the child itself; twice would look like an impatient user.
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [
      signal,
      () => {
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
      },
    ])
    for (const [signal, handler] of handlers) process.on(signal, handler)
    const done = () => handlers.forEach(([signal, handler]) => process.off(signal, handler))
    child.once('error', (error) => (done(), reject(error)))
    child.once('exit', (code, signal) => (done(), resolve({ code, signal })))
  })
}

/** npm needs a cache that it can write to: beside the packages, where the home can only be read. */
function useWritableCache() {
  const cache = process.env.npm_config_cache
  if (cache === undefined) return
  try {
    fs.mkdirSync(cache, { recursive: true })
    fs.accessSync(cache, fs.constants.W_OK)
  } catch {
    process.env.npm_config_cache = path.join(ROOT, '.npm-cache')
  }
}

async function npm(...args) {
  const { code, signal } = await run('npm', args, {
    cwd: ROOT,
    env: { ...process.env, PATH: pathWithoutModules() },
    shell: WINDOWS,
  })
  if (signal) endAs({ code, signal })
  return code === 0
}

function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

/** What an install depends on: the lock file and the kind of machine. */
function wantedStamp() {
  const lockFile = readText(path.join(ROOT, 'package-lock.json'))
  if (lockFile === undefined) throw new Stop('package-lock.json is missing: restore it with git.')
  const digest = createHash('sha256').update(lockFile).digest('hex')
  return `${digest} ${process.platform} ${process.arch}\n`
}

function nodeMajor() {
  return new Promise((resolve) => {
    const child = spawn(NODE, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] })
    let text = ''
    child.stdout?.on('data', (chunk) => (text += chunk))
    child.once('error', () => resolve(0))
    child.once('close', () => resolve(Number(/^v(\d+)\./.exec(text)?.[1] ?? 0)))
  })
}

async function installed() {
  return readText(STAMP) === wantedStamp() && (await nodeMajor()) === WANTED_MAJOR
}

function alive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function createExclusively(file, text) {
  try {
    fs.writeFileSync(file, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes the lock of a runner that died. Each lock has its own name for the claim, and the lock is
 * read again under the claim, so that two runners never remove each other's.
 */
function removeDeadLock(content) {
  const [pid, id] = content.split(' ')
  if (!id || alive(Number(pid))) return
  const claim = `${LOCK}.${id.trim()}`
  if (!createExclusively(claim, '')) return
  if (readText(LOCK) === content) fs.rmSync(LOCK, { force: true })
  fs.rmSync(claim, { force: true })
}

async function withInstallLock(work) {
  const content = `${process.pid} ${randomUUID()}\n`
  const giveUpAt = Date.now() + LOCK_WAIT_MS
  for (let told = false; !createExclusively(LOCK, content);) {
    const other = readText(LOCK)
    if (other !== undefined) removeDeadLock(other)
    if (Date.now() > giveUpAt) throw new Stop(`Another install holds ${LOCK}: end it or delete it.`)
    if (!told) console.error('Waiting for another run that installs packages …')
    told = true
    await sleep(200)
  }
  const release = () => {
    if (readText(LOCK) === content) fs.rmSync(LOCK, { force: true })
  }
  process.once('exit', release)
  try {
    return await work()
  } finally {
    release()
    process.off('exit', release)
  }
}

async function install() {
  if (readText(STAMP) !== wantedStamp()) {
    console.error('Installing the packages that package-lock.json names …')
    if (!(await npm('ci', '--no-fund', '--no-audit', '--loglevel=error'))) {
      throw new Stop('npm ci failed: see above. Try again when the cause is mended.')
    }
  }
  if ((await nodeMajor()) !== WANTED_MAJOR) {
    // An install with ignore-scripts leaves the node package without its program.
    await npm('rebuild', 'node', '--ignore-scripts=false', '--loglevel=error')
  }
  if ((await nodeMajor()) !== WANTED_MAJOR) {
    throw new Stop(
      `Node ${WANTED_MAJOR} is not at ${NODE}.\n` +
        'It comes from the npm package "node", whose install script puts it there. Allow that script\n' +
        '(npm rebuild node --ignore-scripts=false) and look at what npm says.',
    )
  }
  fs.writeFileSync(STAMP, wantedStamp())
}

async function ensureInstalled() {
  if (await installed()) return
  await withInstallLock(async () => {
    if (!(await installed())) await install()
  })
}

/** Settings by which a service at rest takes a fifth less memory, and is no slower. */
function serviceEnv(file) {
  if (!path.resolve(file).startsWith(path.join(ROOT, 'sidecar') + path.sep)) return {}
  return JSON.parse(fs.readFileSync(path.join(ROOT, 'scripts', 'service-env.json'), 'utf8'))
}

function runWithNode(file, args) {
  const env = {
    NODE_COMPILE_CACHE: path.join(ROOT, 'node_modules', '.cache', 'node'),
    ...serviceEnv(file),
    ...process.env,
    PATH: pathWithModules(),
  }
  return run(NODE, [file, ...args], { env })
}

/** Ends this process the way the child ended. */
function endAs({ code, signal }) {
  if (signal) {
    process.kill(process.pid, signal)
    // The signal may take a moment, or be one that this system only knows by number.
    setTimeout(() => process.exit(1), 1000)
    return new Promise(() => {})
  }
  process.exit(code ?? 1)
}

async function main() {
  const args = process.argv.slice(2)
  const bundle = args[0] === '--bundle' && args.shift() !== undefined
  const file = args.shift()
  if (!file) throw new Stop('Usage: node scripts/run.mjs [--bundle] <file> [args…]')
  if (!fs.existsSync(path.resolve(file))) throw new Stop(`There is no file ${file}.`)
  useWritableCache()
  await ensureInstalled()
  if (bundle) {
    const result = await runWithNode(path.join(ROOT, 'scripts', 'bundle.ts'), [])
    if (result.code !== 0) return endAs(result)
  }
  return endAs(await runWithNode(file, args))
}

try {
  await main()
} catch (error) {
  if (!(error instanceof Stop)) throw error
  console.error(error.message)
  process.exitCode = 1
}
