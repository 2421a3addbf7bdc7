import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENDPOINTS } from '../../../schemas/endpoints.ts'
import { COMMANDS } from '../../../sidecar/cli/commands.ts'
import { GLOBAL_OPTIONS, type Options } from '../../../sidecar/cli/command.ts'
import { parse } from '../../../sidecar/cli/parse.ts'
import { run, wordsOf } from './fake-host.ts'

const names = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases])

test('every name and alias is there once, in one or two words', () => {
  assert.deepEqual(names, [...new Set(names)])
  for (const name of names) assert.match(name, /^[a-z]+( [a-z-]+)?$/u)
})

test('every example is a command line of its own command', () => {
  for (const command of COMMANDS) {
    for (const example of command.examples) {
      assert.ok(example.startsWith('synapse '), example)
      assert.equal(parse(COMMANDS, wordsOf(example)).command.name, command.name, example)
    }
  }
})

const RUN_ELSEWHERE = new Set(['serve', 'watch', 'token'])

for (const command of COMMANDS) {
  test(`${command.name}: its examples run, and read in a pipe and on a narrow terminal`, async () => {
    if (RUN_ELSEWHERE.has(command.name)) return
    for (const example of command.examples) {
      const reads = example.includes('portraits.json')
      if (reads) continue // Files are tried in pack-documents.test.ts.
      const piped = await run([...wordsOf(example), '--yes'])
      assert.equal(piped.code, 0, `${example}: ${piped.err}`)
      assert.notEqual(piped.out.trim(), '', example)
      const narrow = await run([...wordsOf(example), '--yes'], { tty: true, width: 60 })
      assert.equal(narrow.code, 0, narrow.err)
    }
  })

  test(`${command.name}: help shows usage, options and examples, without a connection`, async () => {
    const { code, out, calls, connected } = await run([...command.name.split(' '), '--help'])
    assert.equal(code, 0)
    assert.ok(out.includes(`synapse ${command.name}`))
    for (const option of Object.keys({ ...command.options, ...GLOBAL_OPTIONS })) {
      assert.ok(out.includes(`--${option}`), option)
    }
    for (const example of command.examples) assert.ok(out.includes(example))
    assert.deepEqual([calls, connected], [[], []])
  })
}

test('a command asks only what its row names', async () => {
  for (const command of COMMANDS) {
    if (RUN_ELSEWHERE.has(command.name)) continue
    for (const example of command.examples.filter((line) => !line.includes('portraits.json'))) {
      const { calls } = await run([...wordsOf(example), '--yes'])
      for (const { id } of calls) assert.ok(command.asks.includes(id), `${command.name}: ${id}`)
    }
  }
})

const NOT_FOR_PEOPLE_AT_A_SHELL = new Set([
  'health',
  'profiles.startup',
  'auth.pair',
  'auth.pair_state',
  'auth.login',
  'auth.logout',
])

test('every endpoint is reached by some command, but those for programs and browsers', () => {
  const asked = new Set(COMMANDS.flatMap(({ asks }) => asks))
  const missing = Object.keys(ENDPOINTS).filter((id) => !asked.has(id as never))
  assert.deepEqual(new Set(missing), NOT_FOR_PEOPLE_AT_A_SHELL)
})

test('an option has one meaning for its short form', () => {
  for (const command of COMMANDS) {
    const options: Options = { ...command.options, ...GLOBAL_OPTIONS }
    const shorts = Object.values(options).flatMap(({ short }) => short ?? [])
    assert.deepEqual(shorts, [...new Set(shorts)], command.name)
  }
})
