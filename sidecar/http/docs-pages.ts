/** `/docs`: the endpoints from the table, and the repository's documents. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { html, raw } from 'hono/html'
import { ENDPOINTS } from '../../schemas/endpoints.ts'
import type { Endpoint } from '../../schemas/endpoints/endpoint.ts'
import { pageFile, type PageFile } from './page.ts'

type Html = ReturnType<typeof html>

interface Document {
  readonly name: string
  readonly text: string
}

const STYLE = `
:root { color-scheme: light dark }
body { font: 16px/1.55 Inter, system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 24px }
code, pre { font: 14px/1.5 ui-monospace, monospace }
pre { overflow-x: auto; padding: 12px; border: 1px solid #8886; border-radius: 8px }
table { border-collapse: collapse; display: block; overflow-x: auto; margin: 12px 0 }
th, td { text-align: left; vertical-align: top; padding: 4px 16px 4px 0; border-bottom: 1px solid #8886 }
`

/** The anchor of a heading, as Git hosts generate it. */
function slug(heading: string): string {
  const text = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '')
  return text.trim().replace(/\s/gu, '-')
}

/** The target on this site of a link between documents; null where it has none. */
function linkOnSite(href: string): string | null {
  if (/^(?:https?:|#|\/(?!\/))/u.test(href)) return href
  const match = /^(?:\.\/)?([\w-]+)\.md(#.*)?$/u.exec(href)
  return match ? `/docs/${match[1] ?? ''}${match[2] ?? ''}` : null
}

/** Loads the Markdown renderer when the first document is read. */
async function openMarkdown() {
  const { Marked } = await import('marked')
  return new Marked({
    renderer: {
      heading({ depth, tokens, text }) {
        const inner = this.parser.parseInline(tokens)
        return `<h${depth} id="${slug(text)}">${inner}</h${depth}>\n`
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens)
        const target = linkOnSite(href)
        return target === null ? inner : `<a href="${encodeURI(target)}">${inner}</a>`
      },
    },
  })
}

function readDocument(file: string): Document {
  return { name: basename(file, '.md'), text: readFileSync(file, 'utf8') }
}

function titleOf({ name, text }: Document): string {
  return /^#\s+(.*)$/mu.exec(text)?.[1] ?? name
}

async function documentPage(document: Document): Promise<string> {
  const markdown = await openMarkdown()
  const body = markdown.parse(document.text, { async: false })
  return layout(titleOf(document), html`${raw(body)}`)
}

function readDocuments(folder: string | undefined): Document[] {
  if (folder === undefined) return []
  try {
    const names = readdirSync(folder).filter((name) => /^[\w-]+\.md$/u.test(name))
    return names.sort().map((name) => readDocument(join(folder, name)))
  } catch {
    return []
  }
}

function textOf(made: Html): string {
  if (made instanceof Promise) throw new TypeError('A page must not wait for anything')
  return made.toString()
}

function layout(title: string, body: Html): string {
  return textOf(
    html`<!doctype html>
      <html lang="en">
        <head>
          <meta charset="utf-8" />
          <meta name="viewport" content="width=device-width" />
          <title>${title} · Synapse</title>
          <style>
            ${raw(STYLE)}
          </style>
        </head>
        <body>
          <nav><a href="/">Synapse</a> · <a href="/docs">Documents</a></nav>
          <main>${body}</main>
        </body>
      </html>`,
  )
}

const WHO = { open: 'everyone', token: 'any token', owner: 'the owner' } as const

function endpointRow([id, endpoint]: [string, Endpoint]): Html {
  const { method, path, summary, access, errors } = endpoint
  return html`<tr id="${id}">
    <td><code>${method} ${path}</code></td>
    <td>${summary}</td>
    <td>${WHO[access]}</td>
    <td>${errors.join(', ')}</td>
  </tr>`
}

function frontPage(documents: readonly Document[], version: string): string {
  const rows = (Object.entries(ENDPOINTS) as [string, Endpoint][]).map(endpointRow)
  const links = documents.map(
    (one) => html`<li><a href="/docs/${one.name}">${titleOf(one)}</a></li>`,
  )
  return layout(
    'Documents',
    html`<h1>Synapse ${version}</h1>
      <ul>
        ${links}
      </ul>
      <h2 id="http">HTTP</h2>
      <p>
        Every request except those open to everyone needs a token:
        <code>Authorization: Bearer …</code>. Bodies are JSON. The whole contract:
        <a href="/api/openapi.json">openapi.json</a>. What happens: <code>GET /api/events</code>, a
        stream of server-sent events.
      </p>
      <table>
        <thead>
          <tr>
            <th>Address</th>
            <th>What it does</th>
            <th>Who may</th>
            <th>Errors of its own</th>
          </tr>
        </thead>
        <tbody>
          ${rows}
        </tbody>
      </table>`,
  )
}

/**
 * Returns all pages below `/docs`, read now and rendered once; without the folder, only the table
 * of endpoints.
 */
export function readDocs(folder: string | undefined, version: string): PageFile[] {
  const documents = readDocuments(folder)
  return [
    pageFile('/docs', () => frontPage(documents, version)),
    pageFile('/docs/', () => frontPage(documents, version)),
    ...documents.map((one) => pageFile(`/docs/${one.name}`, () => documentPage(one))),
  ]
}
