import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ERRORS } from '../../../schemas/errors.ts'
import { createSynapse, type Synapse } from '../../../sidecar/http/create-synapse.ts'
import { COMMANDS } from '../../../sidecar/cli/commands.ts'
import type { Command, Option } from '../../../sidecar/cli/command.ts'
import type { Connection } from '../../../sidecar/cli/connect.ts'
import { run } from './fake-host.ts'

const folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'synapse-cli-')))
const variables = {
  SYNAPSE_HOME: path.join(folder, 'home'),
  SYNAPSE_ROOT: path.join(folder, 'store'),
}

/** Where the command lines are typed: what they name from here, `..` among it, is empty. */
const cwd = path.join(folder, 'empty', 'here')
let synapse: Synapse

/** Runs a command line on a real store; `pair` and the like get it too, without a service. */
function on(argv: readonly string[]) {
  const connection: Connection = {
    client: synapse.client,
    mode: 'direct',
    close: () => Promise.resolve(),
  }
  return run(argv, { variables, host: { cwd, connect: async () => connection } })
}

before(async () => {
  const { SYNAPSE_ROOT: root, SYNAPSE_HOME: home } = variables
  synapse = await createSynapse({ root, home, checkAnswers: true })
  await synapse.client.call('store.init', { body: {} })
  mkdirSync(cwd, { recursive: true })
  const model = path.join(folder, 'loras', 'a.safetensors')
  mkdirSync(path.dirname(model))
  writeFileSync(model, 'a')
  const body = { paths: [model], pack: 'A' }
  const { id } = await synapse.client.call('imports.start', { body })
  await synapse.services.jobs.wait(id)
})

after(async () => {
  await synapse[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true, force: true })
})

const words = ({ name }: Command) => name.split(' ')
const TRACE = /\n\s+at /u

/** It must fail, in a sentence with a hint, on stderr alone, and not as an internal error. */
async function checkRefused(argv: readonly string[]): Promise<void> {
  const { code, out, err } = await on(argv)
  const line = argv.map((word) => JSON.stringify(word).slice(0, 80)).join(' ')
  assert.notEqual(code, 0, line)
  assert.notEqual(code, ERRORS.internal.exit, `${line}: ${err}`)
  assert.equal(out, '', line)
  // Before it stands how far the work had come.
  assert.match(err, /^synapse: \S.*\n(?: {2}.*\n)*\S/mu, `${line}: ${err}`)
  assert.doesNotMatch(err, TRACE, line)
}

/** It may do what it says, or fail as {@link checkRefused} has it. */
async function checkNoFault(argv: readonly string[]): Promise<void> {
  const { code, err } = await on(argv)
  const line = argv.map((word) => JSON.stringify(word).slice(0, 80)).join(' ')
  assert.notEqual(code, ERRORS.internal.exit, `${line}: ${err}`)
  assert.doesNotMatch(err, TRACE, line)
}

function wrongValues(name: string, option: Option): string[][] {
  if (option.type === 'boolean') return [[`--${name}=yes`]]
  if (option.type === 'number') {
    return ['many', '-1', '1.5', '1e3', '99999999999999999999', ''].map((value) => [
      `--${name}=${value}`,
    ])
  }
  return [[`--${name}`], ...(option.choices ? [[`--${name}=nothing-of-that-name`]] : [])]
}

/** What nothing bears as its name, in whatever command. */
const NOWHERE = ['a/../../b', '../../no/such/place', 'a\u0000b', 'x'.repeat(5000)]
/** What might be a name, or a text. */
const STRANGE = [
  '',
  '.',
  '..',
  '__proto__',
  'constructor',
  'nothing-of-that-name',
  'a\u001b[2Jb',
  '\u202egnp',
  '\ud800',
  'ab'.repeat(32),
  '01890a5d-ac96-774b-bcce-b302099a8057',
]

/** The service's own commands wait for signals or talk to a socket. */
const ENDLESS = new Set(['serve', 'watch'])
/** Takes words that need not be there: texts, or paths that are looked at later. */
const FREE_TEXT = new Set(['help'])

const needed = (command: Command) => command.words.filter((word) => word.optional !== true)

describe('a wrong command line', () => {
  for (const command of COMMANDS) {
    const name = words(command)
    const some = needed(command).map((word) => word.choices?.[0] ?? 'A')

    it(`of ${command.name} is refused with a hint`, async () => {
      await checkRefused([...name, ...some, '--no-such-option'])
      await checkRefused([...name, ...some, '-?'])
      if (some.length > 0) await checkRefused([...name, ...some.slice(1)])
      if (command.words.at(-1)?.multiple !== true) {
        await checkRefused([...name, ...command.words.map(() => 'A'), 'one too many'])
      }
      for (const [option, row] of Object.entries(command.options)) {
        for (const wrong of wrongValues(option, row)) {
          await checkRefused([...name, ...some, ...wrong])
        }
      }
    })

    if (ENDLESS.has(command.name) || command.words.length === 0) continue
    it(`of ${command.name} with a word that stands for nothing is refused with a hint`, async () => {
      if (FREE_TEXT.has(command.name)) return
      for (const word of NOWHERE) {
        await checkRefused([...name, ...command.words.map(() => word), '--yes'])
      }
    })
  }

  it('of texts that may mean something makes no fault', async () => {
    for (const command of COMMANDS) {
      if (ENDLESS.has(command.name)) continue
      const some = needed(command).map((word) => word.choices?.[0] ?? 'A')
      for (const strange of STRANGE) {
        const typed = command.words.map(() => strange)
        await checkNoFault([...words(command), '--yes', '--', ...typed])
        for (const [option, { type }] of Object.entries(command.options)) {
          if (type !== 'string') continue
          await checkNoFault([...words(command), ...some, '--yes', `--${option}=${strange}`])
        }
      }
    }
  })
})
