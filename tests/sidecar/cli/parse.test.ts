import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isAppError } from '../../../schemas/errors.ts'
import { COMMANDS } from '../../../sidecar/cli/commands.ts'
import { parse } from '../../../sidecar/cli/parse.ts'
import { run } from './fake-host.ts'

const WRONG: readonly (readonly [argv: string[], detail: RegExp, hint: RegExp])[] = [
  [['lst'], /Unknown command "lst"/u, /Did you mean "list"\? See: synapse help list/u],
  [['frobnicate'], /Unknown command "frobnicate"/u, /See: synapse help$/u],
  [['inventory', 'delet', 'x'], /Unknown command "inventory delet"/u, /"inventory delete"/u],
  [['pack'], /"pack" needs one of: list, show/u, /synapse help pack/u],
  [['pack', 'creat'], /Unknown command "pack creat"/u, /"pack create"/u],
  [['use'], /needs <pack>/u, /synapse help use/u],
  [['use', 'A', 'B'], /does not take "B"/u, /synapse help use/u],
  [['use', 'A', '--onyl'], /no option --onyl/u, /Did you mean "--only"/u],
  [['list', '-z'], /no option -z/u, /synapse help list/u],
  [['list', '--limit', 'many'], /--limit takes a whole number/u, /synapse help list/u],
  [['list', '--limit'], /--limit needs a value/u, /synapse help list/u],
  [['list', '--search', '--json'], /--search needs a value/u, /synapse help list/u],
  [['list', '--json=yes'], /--json takes no value/u, /synapse help list/u],
  [['inventory', '-s', 'orphans'], /-s is one of: referenced, orphan/u, /"orphan"/u],
  [['inventory', 'cleanup', '--dry-run', '--execute'], /contradict/u, /inventory cleanup/u],
  [['completion', 'tcsh'], /one of: bash, zsh, fish/u, /synapse help completion/u],
]

for (const [argv, detail, hint] of WRONG) {
  test(`${argv.join(' ')}: one sentence says what is wrong, and where help is`, () => {
    assert.throws(
      () => parse(COMMANDS, argv),
      (error: unknown) => {
        assert.ok(isAppError(error, 'input.invalid'))
        assert.match(error.message, detail)
        assert.match(error.hint ?? '', hint)
        assert.ok(!error.message.includes('\n'))
        return true
      },
    )
  })
}

test('a wrong command line exits with 2, on stderr, without opening a store', async () => {
  const { code, out, err, connected } = await run(['lst'])
  assert.deepEqual([code, out, connected.length], [2, '', 0])
  assert.equal(err, 'synapse: Unknown command "lst"\nDid you mean "list"? See: synapse help list\n')
})

test('a wrong command line with --json prints a problem document', async () => {
  const { code, err } = await run(['lst', '--json'])
  const problem = JSON.parse(err) as { code: string; status: number }
  assert.deepEqual([code, problem.code, problem.status], [2, 'input.invalid', 400])
})

test('options may stand before and after the name, short and joined', () => {
  const { command, args, globals } = parse(COMMANDS, [
    ...['--root', '/models', '--json', 'inventory', 'list', '-klora', '--limit=5'],
    '-y',
  ])
  assert.equal(command.name, 'inventory')
  assert.deepEqual([args.options['kind'], args.options['limit']], [['lora'], 5])
  assert.deepEqual([globals.root, globals.json, globals.yes], ['/models', true, true])
})

test('a command gets its own options, and none that all commands take', () => {
  for (const command of COMMANDS) {
    const words = command.words.flatMap((word) => word.choices?.slice(0, 1) ?? ['x'])
    const { args } = parse(COMMANDS, [...command.name.split(' '), ...words, '--json', '--yes'])
    const others = Object.keys(args.options).filter((name) => !(name in command.options))
    assert.deepEqual(others, [], command.name)
  }
})

test('what stands behind -- is a word, whatever it looks like', () => {
  assert.equal(parse(COMMANDS, ['show', '--', '--json']).args.words['pack'], '--json')
  assert.equal(parse(COMMANDS, ['show', 'list']).args.words['pack'], 'list')
})

test('a value that begins with a dash is given behind an equals sign', () => {
  assert.equal(parse(COMMANDS, ['list', '--search=-v2']).args.options['search'], '-v2')
})

test('nothing typed, and --help, show all commands', async () => {
  for (const argv of [[], ['--help'], ['-h'], ['help']]) {
    const { code, out } = await run(argv)
    assert.equal(code, 0)
    for (const { name } of COMMANDS) assert.ok(out.includes(`  ${name}`), name)
  }
  assert.match((await run(['pack', '--help'])).out, /pack create <name>/u)
  assert.match((await run(['--version'])).out, /^\d+\.\d+\.\d+\n$/u)
})

const DRY = COMMANDS.filter(({ dry }) => dry !== 'none')

test('every command that changes bytes or links has a dry run', () => {
  const names = DRY.map(({ name }) => name)
  for (const name of ['use', 'back', 'reset', 'sync', 'activate', 'import', 'clean']) {
    assert.ok(names.includes(name), name)
  }
  for (const name of ['inventory delete', 'trash empty', 'trash remove', 'pack delete']) {
    assert.ok(names.includes(name), name)
  }
})

test('only cleanup is dry by default', () => {
  for (const command of DRY) {
    const argv = [...command.name.split(' '), ...command.words.map(() => 'x')]
    const isDry = (...more: string[]) => parse(COMMANDS, [...argv, ...more]).args.dryRun
    assert.equal(isDry('--dry-run'), true, command.name)
    assert.equal(isDry(), command.name === 'inventory cleanup', command.name)
    if (command.dry === 'default') assert.equal(isDry('--execute'), false)
  }
})
