/**
 * Clients that others generate from the OpenAPI document call every list of a running service. The
 * generators come from PyPI and npm: these tests run in CI, or with SYNAPSE_SAFETY=full.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { promisify } from 'node:util'
import type { Endpoint } from '../../schemas/endpoints/endpoint.ts'
import { openApiDocument } from '../../sidecar/http/openapi.ts'
import { ROWS } from '../_support/http-app.ts'
import { openLoopback } from '../_support/loopback.ts'
import { temporaryFolder } from '../_support/test-synapse.ts'

const run = promisify(execFile)
const WANTED = Boolean(process.env['CI']) || process.env['SYNAPSE_SAFETY'] === 'full'
const NODE_MODULES = path.join(import.meta.dirname, '../../node_modules')

const isList = ({ method, params, answer }: Endpoint) =>
  method === 'GET' &&
  Object.keys(params).length === 0 &&
  'entries' in answer &&
  Object.hasOwn(answer.entries as object, 'items')

const LISTS = ROWS.filter(([, endpoint]) => isList(endpoint)).map(([id]) => id)

async function documentIn(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true })
  const file = path.join(folder, 'openapi.json')
  writeFileSync(file, JSON.stringify(openApiDocument('1.0.0')))
  return file
}

/** Runs a step that needs a registry; a test that cannot have it says so loudly and is skipped. */
async function install(t: TestContext, program: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(program, [...args], { maxBuffer: 1 << 26 })
    return true
  } catch (error) {
    if (process.env['CI']) throw error
    t.skip(`SKIPPED: ${program} ${args.join(' ')} failed: ${String(error).slice(0, 200)}`)
    return false
  }
}

const PYTHON = `
import importlib, json, sys
from generated.client import AuthenticatedClient
url, token, lists = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
client = AuthenticatedClient(base_url=url, token=token)
for one in lists:
    module = importlib.import_module("generated.api." + one.split(".")[0] + "." + one.replace(".", "_"))
    answer = module.sync_detailed(client=client)
    assert answer.status_code == 200, (one, answer.status_code, answer.content)
    assert answer.parsed.limit >= 1 and answer.parsed.offset == 0, one
    print(one, answer.status_code)
`

const TYPESCRIPT = `
import type { paths } from './schema.d.ts'
type Lists = { [P in keyof paths]: paths[P] extends { get: { responses: { 200: { content: { 'application/json': { items: unknown[]; total: number } } } } } } ? P : never }[keyof paths]
type Answer<P extends Lists> = paths[P] extends { get: { responses: { 200: { content: { 'application/json': infer A } } } } } ? A : never
const [url = '', token = ''] = process.argv.slice(2)
async function list<P extends Lists>(path: P, query: { limit: number; offset: number }): Promise<Answer<P>> {
  const asked = new URLSearchParams({ limit: String(query.limit), offset: String(query.offset) })
  const response = await fetch(\`\${url}\${path}?\${String(asked)}\`, { headers: { authorization: \`Bearer \${token}\` } })
  if (response.status !== 200) throw new Error(\`\${path}: \${String(response.status)} \${await response.text()}\`)
  return (await response.json()) as Answer<P>
}
`

describe(
  'a client generated from the document',
  { skip: WANTED ? false : 'SKIPPED: set SYNAPSE_SAFETY=full (needs PyPI and npm)' },
  () => {
    it('there are lists to call', () => {
      assert.ok(LISTS.length >= 8, LISTS.join(' '))
    })

    it('in Python gets an answer from every list', async (t) => {
      const folder = temporaryFolder(t)
      const file = await documentIn(folder)
      const venv = path.join(folder, 'venv')
      const python = path.join(venv, 'bin', 'python')
      if (!(await install(t, 'python3', ['-m', 'venv', venv]))) return
      if (
        !(await install(t, python, ['-m', 'pip', 'install', '-q', 'openapi-python-client==0.29.1']))
      )
        return
      const generated = path.join(folder, 'generated')
      const generator = path.join(venv, 'bin', 'openapi-python-client')
      const made = await run(
        generator,
        ['generate', '--path', file, '--output-path', generated, '--meta', 'none'],
        { maxBuffer: 1 << 26 },
      )
      assert.doesNotMatch(made.stdout + made.stderr, /Unable to|Error|unsupported/iu)
      const { url, token } = await openLoopback(t)
      const { stdout } = await run(python, ['-c', PYTHON, url, token, JSON.stringify(LISTS)], {
        cwd: folder,
      })
      assert.equal(stdout.trim().split('\n').length, LISTS.length)
    })

    it('in TypeScript compiles and gets an answer from every list', async (t) => {
      const folder = temporaryFolder(t)
      const file = await documentIn(folder)
      const npm = [
        'install',
        '--prefix',
        folder,
        '--no-audit',
        '--no-fund',
        '--legacy-peer-deps',
        'openapi-typescript@7.13.0',
        'typescript@5.9.3',
      ]
      if (!(await install(t, 'npm', npm))) return
      const generator = path.join(folder, 'node_modules/openapi-typescript/bin/cli.js')
      await run(process.execPath, [generator, file, '-o', path.join(folder, 'schema.d.ts')])
      const paths = ROWS.filter(([, endpoint]) => isList(endpoint)).map(
        ([, endpoint]) => endpoint.path,
      )
      const calls = paths.map(
        (one) => `console.log((await list('${one}', { limit: 2, offset: 0 })).total)`,
      )
      writeFileSync(path.join(folder, 'client.ts'), [TYPESCRIPT, ...calls].join('\n'))
      writeFileSync(path.join(folder, 'package.json'), '{"type":"module"}')
      const options = [
        '--noEmit',
        '--strict',
        '--target',
        'esnext',
        '--module',
        'nodenext',
        '--allowImportingTsExtensions',
        '--skipLibCheck',
        '--types',
        'node',
        '--typeRoots',
        path.join(NODE_MODULES, '@types'),
      ]
      const compiler = path.join(NODE_MODULES, 'typescript/bin/tsc')
      const compiled = run(process.execPath, [compiler, ...options, 'client.ts'], { cwd: folder })
      await compiled.catch((error: unknown) => {
        assert.fail((error as { stdout: string }).stdout)
      })
      const { url, token } = await openLoopback(t)
      const { stdout } = await run(process.execPath, [path.join(folder, 'client.ts'), url, token])
      assert.equal(stdout.trim().split('\n').length, paths.length)
    })
  },
)
