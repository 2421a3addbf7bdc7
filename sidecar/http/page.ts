/** The panel as a page of its own, and what browsers are told about every page. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Context } from 'hono'
import { secureHeaders } from 'hono/secure-headers'

/** A page or a part of one, held in memory. */
export interface PageFile {
  /** Its address. */
  readonly path: string
  readonly type: string
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly etag: string
}

const HTML = 'text/html; charset=utf-8'
const FILES = [
  { path: '/', file: 'index.html', type: HTML },
  { path: '/page.mjs', file: 'page.mjs', type: 'text/javascript; charset=utf-8' },
  { path: '/LICENSES.txt', file: 'LICENSES.txt', type: 'text/plain; charset=utf-8' },
] as const

const NOT_BUNDLED = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Synapse</title>
<h1>Synapse runs</h1><p>Its page was not bundled. <code>npm start</code> does that.</p>
<p><a href="/docs">Documents</a></p></html>`

/** A page made of text. */
export function pageFile(path: string, text: string | Buffer, type = HTML): PageFile {
  const bytes = new Uint8Array(Buffer.from(text))
  const digest = createHash('sha256').update(bytes).digest('base64url').slice(0, 22)
  return { path, type, bytes, etag: `"${digest}"` }
}

/** Reads the page from the folder that it was bundled to; says so where there is none. */
export function readPage(folder: string | undefined): PageFile[] {
  if (folder === undefined) return [pageFile('/', NOT_BUNDLED)]
  return FILES.flatMap(({ path, file, type }) => {
    try {
      return [pageFile(path, readFileSync(join(folder, file)), type)]
    } catch {
      return path === '/' ? [pageFile('/', NOT_BUNDLED)] : []
    }
  })
}

/** Answers with a page, or 304 where the browser has it. */
export function pageAnswer(c: Context, { type, bytes, etag }: PageFile): Response {
  c.header('Cache-Control', 'no-cache')
  c.header('ETag', etag)
  if (c.req.header('if-none-match') === etag) return c.body(null, 304)
  return c.body(bytes, 200, { 'Content-Type': type })
}

/**
 * Headers of every answer: nothing is framed, guessed, or loaded from elsewhere. Styles may stand
 * in elements, as Lit writes them where a browser cannot share style sheets.
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
