/**
 * Writes the pages that say what tables in the code say: `docs/commands.md`, `docs/errors.md` and
 * `docs/http.md`. `--check` only compares, and fails where a page is not what it would be.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import * as v from 'valibot'
import { ENDPOINTS, type EndpointId } from '../schemas/endpoints.ts'
import type { Endpoint } from '../schemas/endpoints/endpoint.ts'
import { ERRORS } from '../schemas/errors.ts'
import {
  GLOBAL_OPTIONS,
  GROUPS,
  type Command,
  type Dry,
  type Options,
} from '../sidecar/cli/command.ts'
import { COMMANDS } from '../sidecar/cli/commands.ts'
import { optionForm, optionText, usageLine } from '../sidecar/cli/help.ts'
import { readSource, ROOT } from './source-files.ts'

interface Page {
  readonly file: string
  readonly text: string
}

const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
const code = (text: string) => `\`${text.replaceAll('|', '\\|')}\``

function table(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return ''
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(titles), line(titles.map(() => '---')), ...rows.map(line)].join('\n')
}

function page(title: string, source: string, parts: readonly string[]): string {
  const note = `<!-- Written by \`node scripts/run.mjs scripts/generate-docs.ts\` from ${source}: change that. -->`
  return `${[`# ${title}`, note, ...parts].filter((part) => part !== '').join('\n\n')}\n`
}

const DRY_TEXT: Readonly<Record<Dry, string>> = {
  none: '',
  asked: '`--dry-run` shows what would happen and changes nothing.',
  default: 'Changes nothing unless `--execute` is given.',
}

function optionTable(options: Options): string {
  const rows = Object.entries(options).map(([name, option]) => [
    code(optionForm(name, option)),
    cell(optionText(option)),
  ])
  return table(['Option', ''], rows)
}

const addressOf = (id: EndpointId) => `\`${ENDPOINTS[id].method} ${ENDPOINTS[id].path}\``

function asksText({ asks }: Command): string {
  return asks.length === 0 ? '' : `Asks ${asks.map(addressOf).join(', ')}.`
}

function commandText(command: Command): string {
  const { words, aliases } = command
  const parts = [
    `### synapse ${command.name}`,
    `${cell(command.summary)}.`,
    `\`\`\`sh\n${usageLine(command)}\n\`\`\``,
    ...command.details.map(cell),
    words.map(({ name, summary }) => `- ${code(name)}: ${cell(summary)}`).join('\n'),
    optionTable(command.options),
    DRY_TEXT[command.dry],
    aliases.length === 0 ? '' : `Also: ${aliases.map((one) => code(`synapse ${one}`)).join(', ')}.`,
    `\`\`\`sh\n${command.examples.join('\n')}\n\`\`\``,
    asksText(command),
  ]
  return parts.filter((part) => part !== '').join('\n\n')
}

function exitTable(): string {
  const exits = Map.groupBy(Object.entries(ERRORS), ([, { exit }]) => exit)
  const rows = [...exits].sort(([a], [b]) => a - b)
  return table(
    ['Exit code', 'Errors'],
    rows.map(([exit, errors]) => [String(exit), errors.map(([name]) => code(name)).join(', ')]),
  )
}

function commandsPage(): string {
  const groups = GROUPS.flatMap((group) => [
    `## ${group}`,
    ...COMMANDS.filter((command) => command.group === group).map(commandText),
  ])
  return page('Commands', 'sidecar/cli/commands.ts', [
    'Where this page says `synapse`, type `npx synapse` where the package is installed, and `npm run -s synapse --` in a checkout. The command talks to the running service of the store, and opens the store itself where none runs.',
    '## Every command',
    optionTable(GLOBAL_OPTIONS),
    'Digests may be shortened to their first digits (at least 4), ids to their last ones (at least 4), as long as they stand for one thing only.',
    'With `--json` the answer is printed as it came, an error as a problem document on stderr, and nothing else. What would be asked must be agreed to with `--yes` then.',
    'The exit code is 0, or the one of the error, [whose codes have a page](errors.md):',
    exitTable(),
    ...groups,
  ])
}

function errorsPage(): string {
  const rows = Object.entries(ERRORS).map(([name, { status, exit, title }]) => [
    code(name),
    String(status),
    String(exit),
    cell(title),
  ])
  return page('Errors', 'schemas/errors.ts', [
    'HTTP answers an error as `application/problem+json` with its `code`, a `detail`, often a `hint`, and `issues` where fields are wrong. The command prints detail and hint, and exits with the code’s exit code.',
    table(['Code', 'HTTP', 'Exit', 'Meaning'], rows),
  ])
}

const ACCESS_TEXTS: Readonly<Record<Endpoint['access'], string>> = {
  open: 'everyone',
  token: 'any token',
  owner: "the owner's token",
}

const WithEntries = v.object({ entries: v.record(v.string(), v.object({ type: v.string() })) })

/** Names of the fields of an object schema; those that may be left out have a question mark. */
function fieldsOf(schema: v.GenericSchema | null): string {
  if (!v.is(WithEntries, schema)) return ''
  const names = Object.entries(schema.entries).map(([name, { type }]) =>
    code(type === 'optional' || type === 'nullish' ? `${name}?` : name),
  )
  return names.join(', ')
}

function endpointText([id, endpoint]: readonly [string, Endpoint]): string {
  const lines = [
    ['Query', fieldsOf(endpoint.query)],
    ['Body', fieldsOf(endpoint.body)],
    ['Errors', endpoint.errors.map(code).join(', ')],
    ['Errors of its job', endpoint.jobErrors.map(code).join(', ')],
  ].filter(([, text]) => text !== '')
  const job = endpoint.status === 202 ? ' Answers 202 and the job.' : ''
  return [
    `### ${id}`,
    `\`${endpoint.method} ${endpoint.path}\`, for ${ACCESS_TEXTS[endpoint.access]}. ${cell(endpoint.summary)}.${job}`,
    lines.map(([name = '', text = '']) => `- ${name}: ${text}`).join('\n'),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}

function httpPage(): string {
  const endpoints: [string, Endpoint][] = Object.entries(ENDPOINTS)
  const nouns = Map.groupBy(endpoints, ([id]) => id.split('.')[0] ?? id)
  const groups = [...nouns].flatMap(([noun, members]) => [
    `## ${noun}`,
    ...members.map(endpointText),
  ])
  return page('HTTP', 'schemas/endpoints.ts', [
    'The service answers on `http://127.0.0.1:8377` by default: JSON in and out, `Authorization: Bearer <token>` on every request to an endpoint that is not open to everyone. The exact schemas are in the OpenAPI document at `/api/openapi.json`. Lists take `limit` and `offset`, and return `total`, `limit`, `offset` and `items`. A body has a limit in bytes and in values, and every list in it has its own, at most 100,000 entries: a larger one is refused with `input.too_large` or `input.invalid`. Large bodies are processed one after another; if too many are waiting, the answer is `service.busy` (503) with `Retry-After`.',
    'A name in a path may be written behind `-/` (`/api/packs/-/status`), so that no name shadows a fixed path. `GET /api/events` is a stream of server-sent events; it is read with a token in its header and resumed by `Last-Event-ID`.',
    ...groups,
  ])
}

/** Returns the pages as they should be. */
export function generatedPages(): readonly Page[] {
  return [
    { file: 'docs/commands.md', text: commandsPage() },
    { file: 'docs/errors.md', text: errorsPage() },
    { file: 'docs/http.md', text: httpPage() },
  ]
}

const present = ({ file, text }: Page) =>
  existsSync(path.join(ROOT, file)) && readSource(file).replaceAll('\r\n', '\n') === text

/** Returns the files of stale pages. */
export function stalePages(): string[] {
  return generatedPages()
    .filter((one) => !present(one))
    .map(({ file }) => file)
}

function write({ file, text }: Page): void {
  const target = path.join(ROOT, file)
  mkdirSync(path.dirname(target), { recursive: true })
  writeFileSync(target, text)
}

if (import.meta.main) {
  const stale = stalePages()
  if (process.argv.includes('--check')) {
    for (const file of stale) console.error(`${file} is not what the code says.`)
    if (stale.length > 0) console.error('Fix it: node scripts/run.mjs scripts/generate-docs.ts')
    process.exitCode = stale.length === 0 ? 0 : 1
  } else {
    generatedPages().forEach(write)
    console.log(stale.length === 0 ? 'The pages were true already.' : `Wrote ${stale.join(', ')}.`)
  }
}
