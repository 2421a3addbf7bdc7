/** One element alone in a real browser, with its contexts given by the test. */
import fs from 'node:fs/promises'
import path from 'node:path'
import { build } from 'esbuild'
import type { Page } from 'playwright-core'
import type { Answer, CallInput, EndpointId } from '../../../schemas/endpoints.ts'
import { AppError } from '../../../schemas/errors.ts'
import type { AppEvent } from '../../../schemas/jobs.ts'
import { pageTest, type PageOptions } from './browser.ts'
import type { Answered, Given } from './element-host.ts'

const WEB_COMPONENTS = path.resolve(import.meta.dirname, '../../../web-components')

/** Never reached over the network: what is there comes from {@link harnessPage}. */
const ADDRESS = 'http://element.test/'

/** A request of the element. */
export interface Call {
  readonly id: EndpointId
  readonly input: CallInput<EndpointId>
}

/** What a test of one element gets. */
export interface ElementFixture {
  readonly page: Page
  /** Every request of the element, oldest first. */
  readonly asked: Call[]
  /** Sets what an endpoint answers; throw an AppError for a problem. */
  readonly answer: <K extends EndpointId>(
    id: K,
    answer: Answer<K> | ((call: Call) => Answer<K> | Promise<Answer<K>>),
  ) => void
  /** Puts the element into the page, alone. */
  readonly mount: (tag: keyof HTMLElementTagNameMap, given?: Given) => Promise<void>
  /** Changes the jobs and the link that are provided. */
  readonly give: (given: Pick<Given, 'link' | 'jobs'>) => Promise<void>
  /** Sends an event of the service. */
  readonly emit: (event: AppEvent) => Promise<void>
  /** Events of ours that left the element: their type and what they carry. */
  readonly heard: () => Promise<readonly Readonly<Record<string, unknown>>[]>
}

/** Defines a test of one element; the file calls `useBrowser()`. */
export function elementTest(
  name: string,
  body: (fixture: ElementFixture) => Promise<void>,
  options: PageOptions = {},
): void {
  pageTest(name, options, async (page) => body(await fixtureOn(page)))
}

async function fixtureOn(page: Page): Promise<ElementFixture> {
  const asked: Call[] = []
  const answers = new Map<EndpointId, (call: Call) => unknown>()
  await page.exposeFunction('answerOf', (id: EndpointId, input: Call['input']) => {
    const call = { id, input }
    asked.push(call)
    return answered(answers.get(id), call)
  })
  const content = await harnessPage()
  await page.route(`${ADDRESS}**`, (route) =>
    route.fulfill({ body: content, contentType: 'text/html; charset=utf-8' }),
  )
  await page.goto(ADDRESS)
  return {
    page,
    asked,
    answer: (id, answer) => {
      answers.set(id, typeof answer === 'function' ? answer : () => answer)
    },
    mount: async (tag, given = {}) => {
      await page.evaluate(([name, all]) => window.harness.mount(name, all), [tag, given] as const)
    },
    give: (given) => page.evaluate((some) => window.harness.give(some), given),
    emit: (event) => page.evaluate((sent) => window.harness.emit(sent), event),
    heard: () => page.evaluate(() => window.harness.heard),
  }
}

async function answered(
  answer: ((call: Call) => unknown) | undefined,
  call: Call,
): Promise<Answered> {
  try {
    if (!answer) throw new AppError('internal', `The test has no answer for ${call.id}`)
    return { answer: await answer(call) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { problem: { code: error.code, detail: error.message } }
  }
}

let bundled: Promise<string> | undefined

/** The page that we serve, with the host instead of the whole of Synapse: it shows nothing yet. */
function harnessPage(): Promise<string> {
  bundled ??= bundleHost()
  return bundled
}

async function bundleHost(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [path.join(import.meta.dirname, 'element-host.ts')],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    charset: 'utf8',
  })
  // Inside a script only its end tag has a meaning.
  const code = (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script')
  const page = await fs.readFile(path.join(WEB_COMPONENTS, 'index.html'), 'utf8')
  return page.replace(/<script.*<\/script>/u, () => `<script type="module">${code}</script>`)
}
