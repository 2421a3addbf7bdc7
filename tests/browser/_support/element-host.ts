/** In the page: stands around one element and provides to it what a test gives. */
import { ContextProvider, type Context } from '@lit/context'
import { AppError, isErrorCode } from '../../../schemas/errors.ts'
import type { AppEvent } from '../../../schemas/jobs.ts'
import { apiContext, type Api } from '../../../web-components/contexts/api.ts'
import { eventsContext } from '../../../web-components/contexts/events.ts'
import { jobsContext } from '../../../web-components/contexts/jobs.ts'
import { linkContext, type LinkState } from '../../../web-components/contexts/link.ts'
import { routerContext } from '../../../web-components/contexts/router.ts'
import { sessionContext } from '../../../web-components/contexts/session.ts'
import { surfaceContext, type Surface } from '../../../web-components/contexts/surface.ts'
import type { Job } from '../../../web-components/data/jobs.ts'
import { defineElements } from '../../../web-components/define.ts'
import { HashAddress } from '../../../web-components/shell/hash-address.ts'
import { MemoryAddress } from '../../../web-components/shell/memory-address.ts'
import type { PageRow, PageAccess, PageId } from '../../../web-components/shell/page.ts'
import { Router } from '../../../web-components/shell/router.ts'
import { PAGES } from '../../../web-components/shell/page-table.ts'

/** What the element under test is given; anything left out is as on a page that all is well with. */
export interface Given {
  readonly surface?: Surface
  readonly link?: LinkState
  /** What this browser may open; without a token, `unpaired`. */
  readonly access?: PageAccess
  readonly jobs?: readonly Job[]
  /** Rows of the table of pages that are other than they are. */
  readonly routes?: Partial<Record<PageId, Partial<Omit<PageRow, 'id' | 'load'>>>>
}

/** What an endpoint answers, as it comes from the test. */
export type Answered =
  | { readonly answer: unknown }
  | { readonly problem: { readonly code: string; readonly detail: string } }

/** What a test asks of the page. */
export interface Harness {
  mount(tag: string, given: Given): Promise<void>
  /** Changes the jobs and the link that are provided. */
  give(given: Pick<Given, 'link' | 'jobs'>): void
  emit(event: AppEvent): void
  /** Events of ours that left the element, oldest first: their type and what they carry. */
  readonly heard: Readonly<Record<string, unknown>>[]
}

declare global {
  interface Window {
    harness: Harness
    /** The test's own function. */
    answerOf(id: string, input: unknown): Promise<Answered>
  }
}

const OUR_EVENTS = [
  'switch',
  'choose-ui',
  'open-profile',
  'move-pack',
  'remove-pack',
  'cancel-job',
  'job-started',
  'toast',
  'confirm',
  'cancel',
]

const host = document.createElement('div')
const listeners = new Set<(event: AppEvent) => void>()
const heard: Record<string, unknown>[] = []

const api: Api = {
  async call(id, input) {
    const answered = await window.answerOf(id, input)
    if ('answer' in answered) return answered.answer as never
    const { code, detail } = answered.problem
    throw new AppError(isErrorCode(code) ? code : 'internal', detail)
  },
}

function routerOf({ routes = {}, surface = 'page', access = 'paired' }: Given): Router {
  const table = PAGES.map((route) => ({ ...route, ...routes[route.id] }))
  const address = surface === 'page' ? new HashAddress() : new MemoryAddress()
  const router = new Router(table, address, surface)
  router.admit(access)
  return router
}

function provide<T>(
  context: Context<unknown, T>,
  initialValue: T,
): ContextProvider<Context<unknown, T>> {
  return new ContextProvider(host, { context, initialValue })
}

const linkIn = (state: LinkState) => ({ state, foreign: null, reconnect: () => undefined })
const link = provide(linkContext, linkIn('live'))
const jobs = provide(jobsContext, [])

function provideAll(given: Given): void {
  const { access = 'paired', surface = 'page' } = given
  const held = access === 'unpaired' ? null : { token: 't', scope: access }
  provide(apiContext, api)
  provide(surfaceContext, surface)
  provide(routerContext, routerOf(given))
  provide(sessionContext, { held, problem: '', keep: () => undefined })
  provide(eventsContext, {
    onEvent(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  })
}

function fieldsOf(event: Event): Record<string, unknown> {
  const own = Object.entries(event).filter(([name]) => name !== 'isTrusted')
  return { type: event.type, ...Object.fromEntries(own) }
}

window.harness = {
  heard,
  async mount(tag, given) {
    provideAll(given)
    this.give(given)
    defineElements()
    for (const route of PAGES) {
      if (route.tag === tag) customElements.define(tag, await route.load())
    }
    for (const type of OUR_EVENTS) {
      host.addEventListener(`synapse-${type}`, (event) => heard.push(fieldsOf(event)))
    }
    document.body.append(host)
    host.append(document.createElement(tag))
  },
  give(given) {
    if (given.link !== undefined) link.setValue(linkIn(given.link))
    if (given.jobs !== undefined) jobs.setValue(given.jobs)
  },
  emit(event) {
    for (const listener of listeners) listener(event)
  },
}
