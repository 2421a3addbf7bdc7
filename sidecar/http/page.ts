/** The panel as a page of its own, and the headers of every page. */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

/** A page or a part of one, cached in memory from its first request on. */
export interface PageFile {
  /** Its address. */
  readonly path: string
  readonly type: string
  readonly content: () => Promise<PageContent>
}

interface PageContent {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly etag: string
}

const HTML = 'text/html; charset=utf-8'
const SCRIPT = 'text/javascript; charset=utf-8'
const PART = /^part-\w+\.mjs$/u
const FILES = [
  { path: '/', file: 'index.html', type: HTML },
  { path: '/page.mjs', file: 'page.mjs', type: SCRIPT },
  { path: '/LICENSES.txt', file: 'LICENSES.txt', type: 'text/plain; charset=utf-8' },
] as const

const NOT_BUILT = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Synapse</title>
<h1>Synapse runs</h1><p>Its page was not built. <code>npm start</code> does that.</p>
<p><a href="/docs">Documents</a></p></html>`

/** Returns a page whose content is made at its first request. */
export function pageFile(path: string, make: PageMaker, type = HTML): PageFile {
  let content: Promise<PageContent> | null = null
  return { path, type, content: () => (content ??= contentOf(make)) }
}

type PageMaker = () => string | Buffer | Promise<string>

async function contentOf(make: PageMaker): Promise<PageContent> {
  const bytes = new Uint8Array(Buffer.from(await make()))
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  return { bytes, etag: `"${digest}"` }
}

/** The chunks that page.mjs loads on demand. */
function partsIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => PART.test(name))
  } catch {
    return []
  }
}

/** Reads the page from the folder that it was built into; without one, a page that says so. */
export function readPage(folder: string | undefined): PageFile[] {
  const notBuilt = pageFile('/', () => NOT_BUILT)
  if (folder === undefined) return [notBuilt]
  const parts = partsIn(folder).map((file) => ({ path: `/${file}`, file, type: SCRIPT }))
  return [...FILES, ...parts].flatMap(({ path, file, type }) => {
    try {
      const bytes = readFileSync(join(folder, file))
      return [pageFile(path, () => bytes, type)]
    } catch {
      return path === '/' ? [notBuilt] : []
    }
  })
}

/** Answers with a page, or 304 where the browser has it. */
export async function pageAnswer(c: Context, { type, content }: PageFile): Promise<Response> {
  const { bytes, etag } = await content()
  c.header('Cache-Control', 'no-cache')
  c.header('ETag', etag)
  if (c.req.header('if-none-match') === etag) return c.body(null, 304)
  return c.body(bytes, 200, { 'Content-Type': type })
}

/**
 * Headers of every answer: no framing, no content sniffing, nothing loaded from elsewhere. Inline
 * styles are allowed, as Lit writes them where a browser cannot share style sheets.
 */
export const browserRules = secureHeaders({
  contentSecurityPolicy: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'", "'unsafe-inline'"],
    imgSrc: ["'self'", 'data:', 'blob:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'none'"],
    frameAncestors: ["'none'"],
  },
  referrerPolicy: 'no-referrer',
  xFrameOptions: 'DENY',
  crossOriginResourcePolicy: 'same-origin',
  crossOriginOpenerPolicy: 'same-origin',
  strictTransportSecurity: false,
  xXssProtection: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
})
