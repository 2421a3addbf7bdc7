import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError, ERRORS, type ErrorCode } from '../../../schemas/errors.ts'
import { COMMANDS } from '../../../sidecar/cli/commands.ts'
import { ANSWERS, group, item } from './answers.ts'
import { run, wordsOf } from './fake-host.ts'

const fails = (error: Error) => ({
  answers: {
    'store.status': () => {
      throw error
    },
  },
})

for (const code of Object.keys(ERRORS) as ErrorCode[]) {
  test(`${code}: exits with ${String(ERRORS[code].exit)}, detail and hint on stderr`, async () => {
    const error = new AppError(code, 'What went wrong', { hint: 'What to do' })
    const plain = await run(['status'], fails(error))
    assert.equal(plain.code, ERRORS[code].exit)
    assert.deepEqual([plain.out, plain.err], ['', 'synapse: What went wrong\nWhat to do\n'])
    const json = await run(['status', '--json'], fails(error))
    assert.equal(json.code, ERRORS[code].exit)
    assert.deepEqual(JSON.parse(json.err), {
      type: `urn:synapse:error:${code}`,
      title: ERRORS[code].title,
      status: ERRORS[code].status,
      detail: 'What went wrong',
      code,
      hint: 'What to do',
    })
  })
}

test('an internal error exits with 1 and shows its trace', async () => {
  const { code, err } = await run(['status'], fails(new TypeError('oops')))
  assert.equal(code, ERRORS.internal.exit)
  assert.match(err, /TypeError: oops\n\s+at /u)
})

test('issues are printed field by field', async () => {
  const issues = [{ path: 'trash.days', message: 'Too big' }]
  const reported = async (detail: string) =>
    (await run(['status'], fails(new AppError('input.invalid', detail, { issues })))).err
  assert.equal(
    await reported('No'),
    'synapse: No\n  trash.days: Too big\nSee: synapse help status\n',
  )
  const once = 'trash.days: Too big'
  assert.equal(await reported(once), `synapse: ${once}\nSee: synapse help status\n`)
})

test('a not-found error names the command that lists what there is', async () => {
  const { err } = await run(['status'], fails(new AppError('pack.not_found', 'No such pack')))
  assert.equal(err, 'synapse: No such pack\nTo list them: synapse list\n')
  const json = await run(['status', '--json'], fails(new AppError('pack.not_found', 'No')))
  assert.equal((JSON.parse(json.err) as { hint?: string }).hint, undefined)
})

test('--json prints the body of the last answer untouched, and nothing else', async () => {
  for (const command of COMMANDS) {
    const [last] = command.asks
    if (command.needs === 'nothing' || command.name === 'watch' || last === undefined) continue
    for (const example of command.examples.filter((line) => !line.includes('portraits.json'))) {
      const argv = wordsOf(example).filter((word) => word !== '--json')
      const { out, err, calls } = await run([...argv, '--yes', '--json'], {
        tty: true,
        color: true,
      })
      const answer = ANSWERS[calls.at(-1)?.id ?? 'health']
      const own = argv.includes('remove') && argv.includes('--dry-run')
      if (!own) assert.equal(out, `${JSON.stringify(answer)}\n`, example)
      assert.equal(err, '', example)
    }
  }
})

test('no pipe gets a colour, a terminal does', async () => {
  const piped = await run(['inventory'])
  assert.ok(!piped.out.includes('\u001b'))
  const colored = await run(['inventory'], { tty: true, color: true })
  assert.ok(colored.out.includes('\u001b[32m'))
})

test('names cannot steer the terminal', async () => {
  const evil = { ...item, display_name: 'a\u001b]0;owned\u0007b\u202etxt', kind: 'lo\nra' }
  const list = { ...ANSWERS['inventory.list'], ...group(evil), total: 1 }
  const { out } = await run(['inventory'], { answers: { 'inventory.list': () => list } })
  for (const sign of ['\u0007', '\u001b', '\u202e']) assert.ok(!out.includes(sign))
  assert.equal(out.trimEnd().split('\n').length, 2)
  const thrown = await run(['status'], fails(new AppError('disk.failed', 'x\u001b[2J')))
  assert.ok(!thrown.err.includes('\u001b'))
})

test('split roots of the Python program are refused before anything is opened', async () => {
  const { code, err, connected } = await run(['status'], { variables: { SYNAPSE_DATA_ROOT: '/d' } })
  assert.deepEqual([code, connected.length], [ERRORS['store.split_roots'].exit, 0])
  assert.match(err, /SYNAPSE_DATA_ROOT/u)
})

test('the root is the option, else the variable, else below home', async () => {
  const rootOf = async (argv: string[], variables: Record<string, string>) =>
    (await run(argv, { variables })).connected[0]?.root
  const named = { SYNAPSE_ROOT: '/by-variable' }
  assert.equal(await rootOf(['list', '--root', '/by-option'], named), '/by-option')
  assert.equal(await rootOf(['list', '--root', 'below'], named), '/work-folder/below')
  assert.equal(await rootOf(['list'], named), '/by-variable')
  assert.equal(await rootOf(['list'], { SYNAPSE_ROOT: '' }), '/nowhere/home/store')
})
