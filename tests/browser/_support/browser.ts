/** One browser for all tests of a file, a fresh context for each test. */
import { after, before, it, type TestContext } from 'node:test'
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core'
import { ServiceDouble } from './service-double.ts'
import { settle } from './fixtures.ts'

const EXECUTABLE = process.env['SYNAPSE_CHROME']
const FLAGS = [
  ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
]
const STEP_MS = 20_000

/** What a test works with. */
export interface AppFixture {
  readonly double: ServiceDouble
  readonly page: Page
  /** Opens the page by the login link. */
  readonly open: () => Promise<void>
  /** Opens the panel in the ComfyUI double, with a token where one is given. */
  readonly openPanel: (options?: { token?: string; path?: string }) => Promise<void>
  readonly context: TestContext
}

/** The browser that a test runs in. */
export type PageOptions = Pick<BrowserContextOptions, 'viewport' | 'colorScheme' | 'locale'>

let browser: Browser | undefined

/** Starts the browser for the tests of this file; says loudly where there is none. */
export function useBrowser(): void {
  if (EXECUTABLE === undefined) {
    console.error('!!! SYNAPSE_CHROME is not set: the browser tests of this file are SKIPPED.')
    return
  }
  before(async () => {
    browser = await launch(EXECUTABLE)
  })
  after(() => browser?.close())
}

/** The browser as tests and screenshots want it. */
function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: FLAGS })
}

/** Defines a test with a service double of its own and a page, which must throw no error. */
export function appTest(
  name: string,
  body: (fixture: AppFixture) => Promise<void>,
  options: PageOptions = {},
): void {
  browserTest(name, (on, test) => withApp(on, options, (made) => body({ ...made, context: test })))
}

/** Defines a test with an empty page alone, which must throw no error. */
export function pageTest(
  name: string,
  options: PageOptions,
  body: (page: Page) => Promise<void>,
): void {
  browserTest(name, (on) => withPage(on, options, body))
}

function browserTest(name: string, run: (on: Browser, test: TestContext) => Promise<void>): void {
  it(name, { skip: EXECUTABLE === undefined, timeout: 60_000 }, async (test) => {
    if (!browser) throw new Error('useBrowser() was not called')
    await run(browser, test)
  })
}

/** Starts a double and opens a page, runs `body` on them and closes both. */
async function withApp(
  on: Browser,
  options: PageOptions,
  body: (fixture: Omit<AppFixture, 'context'>) => Promise<void>,
): Promise<void> {
  const double = await new ServiceDouble().start()
  try {
    settle(double)
    await withPage(on, options, async (page) => body({ double, page, ...openers(double, page) }))
  } finally {
    await double.stop()
  }
}

async function withPage(
  on: Browser,
  options: PageOptions,
  body: (page: Page) => Promise<void>,
): Promise<void> {
  const context = await on.newContext({ reducedMotion: 'reduce', locale: 'en-GB', ...options })
  try {
    context.setDefaultTimeout(STEP_MS)
    const page = await context.newPage()
    const faults: string[] = []
    page.on('pageerror', (error) => faults.push(error.stack ?? error.message))
    await body(page)
    if (faults.length > 0) throw new Error(`The page threw:\n${faults.join('\n')}`)
  } finally {
    await context.close()
  }
}

function openers(double: ServiceDouble, page: Page): Pick<AppFixture, 'open' | 'openPanel'> {
  return {
    open: async () => {
      await page.goto(`${double.url}/#login=once`)
      await page.locator('synapse-app').waitFor()
    },
    openPanel: async ({ token = 'panel-token', path = '' } = {}) => {
      if (token !== '') {
        await page.addInitScript(
          ([key, value]) => localStorage.setItem(key ?? '', value ?? ''),
          [`synapse:${path}/synapse:session`, JSON.stringify({ token, scope: 'panel' })],
        )
      }
      await page.goto(`${double.url}${path}/comfyui.html`)
      await page.waitForFunction('window.comfy?.open')
      await page.evaluate('window.comfy.open()')
      await page.locator('synapse-app').waitFor()
    },
  }
}
