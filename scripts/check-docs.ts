/** Checks that what the documents say of this repository is so. One row of CHECKS for each kind. */
import { existsSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { refusedWords } from './refused-words.ts'
import { listFiles, readSource, ROOT } from './source-files.ts'

interface Page {
  readonly file: string
  readonly text: string
  /** The text without code blocks: where links and headings are. */
  readonly prose: string
}

interface Check {
  readonly name: string
  /** The problems, one line each. */
  readonly run: (pages: readonly Page[]) => readonly string[]
}

const CHECKS: readonly Check[] = [
  { name: 'relative links lead to something', run: linkProblems },
  { name: 'npm scripts exist', run: scriptProblems },
  { name: 'paths in backticks exist', run: pathProblems },
  { name: 'files that the map names exist, and planned ones do not', run: mapProblems },
  { name: 'docs/errors.md lists the codes of schemas/errors.ts', run: errorProblems },
  { name: 'Refused words', run: refusedWords },
]

/** Written by "npm run build" and "npm test": named in documents, not in the tree. */
const GENERATED = ['comfy-extension/web']

const exists = (file: string) => existsSync(path.join(ROOT, file))

function matches(page: string, pattern: RegExp): string[] {
  return [...page.matchAll(pattern)].map((match) => match[1] ?? '')
}

/** The anchor that a heading gets. */
function slug(heading: string): string {
  const text = heading.toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '')
  return text.trim().replace(/\s/g, '-')
}

function linkProblem(page: Page, link: string, pages: readonly Page[]): string | undefined {
  const [target = '', anchor] = decodeURI(link).split('#')
  const file = target === '' ? page.file : path.posix.join(path.posix.dirname(page.file), target)
  if (!exists(file)) return `${page.file}: ${link} leads nowhere`
  const other = pages.find((candidate) => candidate.file === file)
  if (anchor === undefined || !other) return undefined
  const anchors = matches(other.prose, /^#+\s+(.*)$/gm).map(slug)
  return anchors.includes(anchor) ? undefined : `${page.file}: ${file} has no heading #${anchor}`
}

function linkProblems(pages: readonly Page[]): string[] {
  return pages.flatMap((page) =>
    matches(page.prose, /\]\(<?([^)\s>]+)>?(?:\s[^)]*)?\)/g)
      .filter((link) => !/^([a-z][a-z+.-]*:|\/)/i.test(link))
      .map((link) => linkProblem(page, link, pages))
      .filter((problem) => problem !== undefined),
  )
}

const PackageSchema = v.object({ scripts: v.record(v.string(), v.string()) })

function scriptProblems(pages: readonly Page[]): string[] {
  const { scripts } = v.parse(PackageSchema, JSON.parse(readSource('package.json')))
  return pages.flatMap((page) =>
    matches(page.text, /\bnpm run (?:-s |--silent )?([a-z][\w:-]*)/g)
      .filter((name) => !Object.hasOwn(scripts, name))
      .map((name) => `${page.file}: package.json has no script ${name}`),
  )
}

const REPOSITORY_PATH =
  /(?<!\*new:\*\s+)`((?:sidecar|schemas|scripts|web-components|comfy-extension|tests|docs)\/[^`\s]*)`/g

function pathProblems(pages: readonly Page[]): string[] {
  return pages.flatMap((page) =>
    matches(page.prose, REPOSITORY_PATH)
      .filter((file) => !/[*<>{}…]|\.\.\./.test(file))
      .map((file) => file.replace(/(:\d+|#.*)$/, ''))
      .filter((file) => !GENERATED.some((folder) => file.startsWith(folder)) && !exists(file))
      .map((file) => `${page.file}: there is no ${file}`),
  )
}

/** The documents that name files by the end of their path. */
const MAPS = ['ARCHITECTURE.md', 'CONTRIBUTING.md']

const NAMED_FILE = /(\*new:\*\s+)?`([\w./-]+\.(?:ts|mjs|py|md))`/g

function mapProblems(pages: readonly Page[]): string[] {
  const files = listFiles(
    '*',
    '{docs,sidecar,schemas,scripts,web-components,comfy-extension,tests}/**/*',
  )
  const isThere = (name: string) => files.some((file) => `/${file}`.endsWith(`/${name}`))
  return pages
    .filter(({ file }) => MAPS.includes(file))
    .flatMap((page) =>
      [...page.prose.matchAll(NAMED_FILE)].flatMap(([, planned, name = '']) => {
        if (planned === undefined) return isThere(name) ? [] : [`${page.file}: no file ${name}`]
        if (isThere(name)) return [`${page.file}: ${name} is there: it is not new any more`]
        const folder = path.posix.dirname(name)
        return isThere(folder) ? [] : [`${page.file}: there is no folder for ${name}`]
      }),
    )
}

function errorProblems(pages: readonly Page[]): string[] {
  const source = 'schemas/errors.ts'
  if (!exists(source)) {
    console.log(`Not checked: there is no ${source} yet.`)
    return []
  }
  const page = pages.find(({ file }) => file === 'docs/errors.md')
  if (!page) return ['docs/errors.md is missing']
  const codes = new Set(matches(readSource(source), /^\s+'([a-z_]+\.[a-z_]+)':/gm))
  const listed = new Set(matches(page.prose, /^(?:\|\s*|#+\s+)`([a-z_]+\.[a-z_]+)`/gm))
  return [
    ...[...codes.difference(listed)].map((code) => `docs/errors.md does not list ${code}`),
    ...[...listed.difference(codes)].map((code) => `docs/errors.md lists ${code}: no such code`),
  ]
}

function readPage(file: string): Page {
  const text = readSource(file)
  return { file, text, prose: text.replace(/^(```|~~~)[\s\S]*?^\1/gm, '') }
}

const pages = listFiles('*.md', '{docs,sidecar,schemas,comfy-extension,tests}/**/*.md').map(
  readPage,
)
let count = 0
for (const { name, run } of CHECKS) {
  const problems = run(pages)
  count += problems.length
  if (problems.length > 0) console.error(`${name}:\n  ${problems.join('\n  ')}`)
}
if (count === 0) console.log(`${String(pages.length)} pages are true.`)
process.exitCode = count === 0 ? 0 : 1
