/** Finds a Chromium for the tests that need a browser. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { chromium } from 'playwright-core'

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'chrome']

const USUAL_PLACES = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]

const INSTALL_TIMEOUT_MS = 5 * 60_000

function onPath(): string[] {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean)
  return folders.flatMap((folder) => NAMES.map((name) => path.join(folder, name)))
}

/** The path of a browser that is there already, `CHROME_PATH` before all others. */
export function findBrowser(): string | undefined {
  const named = process.env['CHROME_PATH']
  const candidates = [...onPath(), ...USUAL_PLACES, chromium.executablePath()]
  return (named ? [named, ...candidates] : candidates).find((file) => existsSync(file))
}

/** Fetches playwright's Chromium into its own cache; tells nothing of success, look again. */
export function installBrowser(): void {
  const cli = path.join(path.dirname(import.meta.dirname), 'node_modules/playwright-core/cli.js')
  spawnSync(process.execPath, [cli, 'install', 'chromium'], {
    stdio: 'inherit',
    timeout: INSTALL_TIMEOUT_MS,
  })
}
