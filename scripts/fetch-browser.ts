/**
 * Fetches a Chromium for the tests where the machine has none: on Linux x64 from the npm package
 * `@sparticuz/chromium`, elsewhere by playwright's own download. Everything is below
 * `node_modules/.cache`, so that nothing outside the checkout changes.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { startsBrowser } from './find-browser.ts'

const ROOT = path.dirname(import.meta.dirname)
const CACHE = path.join(ROOT, 'node_modules', '.cache')
const PACKAGE = '@sparticuz/chromium'
const VERSION = '153.0.0'
const TIMEOUT_MS = 10 * 60_000

/** Unpacks the package's archives, its shared libraries included, into `TMPDIR`. */
const UNPACK = `import chromium from '${PACKAGE}'; await chromium.executablePath()`

/** The package unpacks these libraries only where it believes to be in such a runtime. */
const WITH_LIBRARIES = { AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' }

/**
 * Starts the browser with the package's own libraries where the system lacks some, and with its
 * fonts beside those of the system: without any font the browser ends at the first text. What it
 * caches is beside it.
 */
const LAUNCHER = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
if ldd "$here/chromium" | grep -q 'not found'; then
  export LD_LIBRARY_PATH="$here/al2023/lib\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
fi
export FONTCONFIG_FILE="$here/fonts/fonts.conf" XDG_CACHE_HOME="$here/cache"
exec "$here/chromium" "$@"
`

const FONTS = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir prefix="relative">fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`

function run(program: string, args: readonly string[], options: { cwd: string; env?: object }) {
  const done = spawnSync(program, args, {
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: TIMEOUT_MS,
    shell: process.platform === 'win32',
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
  })
  return done.status === 0
}

/** Unpacks into a folder of its own and renames it when it is whole. */
function unpackPackage(folder: string): boolean {
  mkdirSync(CACHE, { recursive: true })
  const work = mkdtempSync(path.join(CACHE, 'browser-'))
  try {
    const browser = path.join(work, 'browser')
    mkdirSync(browser)
    writeFileSync(path.join(work, 'package.json'), '{"private":true}\n')
    const install = ['install', '--no-save', '--ignore-scripts', '--no-audit', '--no-fund']
    const args = [...install, '--loglevel=error', `${PACKAGE}@${VERSION}`]
    if (!run('npm', args, { cwd: work })) return false
    const env = { ...WITH_LIBRARIES, TMPDIR: browser }
    const node = ['--input-type=module', '--eval', UNPACK]
    if (!run(process.execPath, node, { cwd: work, env })) return false
    writeFileSync(path.join(browser, 'fonts', 'fonts.conf'), FONTS)
    writeFileSync(path.join(browser, 'launch'), LAUNCHER, { mode: 0o755 })
    if (!existsSync(folder)) renameSync(browser, folder)
    return true
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function fetchPackage(): string | undefined {
  const folder = path.join(CACHE, `chromium-${VERSION}`)
  const launcher = path.join(folder, 'launch')
  if (!existsSync(launcher) && !unpackPackage(folder)) return undefined
  return startsBrowser(launcher) ? launcher : undefined
}

/** Playwright reads the folder of its browsers once, when it is loaded: a child reads it again. */
function fetchByPlaywright(): string | undefined {
  const env = { ...process.env, PLAYWRIGHT_BROWSERS_PATH: path.join(CACHE, 'playwright') }
  const cli = path.join(ROOT, 'node_modules', 'playwright-core', 'cli.js')
  if (!run(process.execPath, [cli, 'install', 'chromium'], { cwd: ROOT, env })) return undefined
  const ask = "import { chromium } from 'playwright-core'; console.log(chromium.executablePath())"
  const node = ['--input-type=module', '--eval', ask]
  const { stdout } = spawnSync(process.execPath, node, { cwd: ROOT, env, encoding: 'utf8' })
  const file = stdout.trim()
  return startsBrowser(file) ? file : undefined
}

/** Returns the path of a browser, fetched if need be; undefined where none can be had. */
export function fetchBrowser(): string | undefined {
  const packaged = process.platform === 'linux' && process.arch === 'x64'
  return (packaged ? fetchPackage() : undefined) ?? fetchByPlaywright()
}
