import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { COMMANDS } from '../../../sidecar/cli/commands.ts'
import { completionScript, SHELLS } from '../../../sidecar/cli/completion.ts'

const here = (shell: string) => spawnSync(shell, ['--version']).error === undefined

for (const shell of SHELLS) {
  const skip = here(shell) ? false : `${shell} is not installed`
  test(`the ${shell} script is one that ${shell} can read`, { skip }, () => {
    const check = shell === 'fish' ? ['--no-execute'] : ['-n']
    const result = spawnSync(shell, check, { input: completionScript(COMMANDS, shell) })
    assert.equal(result.stderr.toString(), '')
    assert.equal(result.status, 0)
  })

  test(`the ${shell} script knows every command and option`, () => {
    const script = completionScript(COMMANDS, shell)
    for (const { name, options } of COMMANDS) {
      for (const word of [...name.split(' '), ...Object.keys(options)]) {
        assert.ok(script.includes(word), `${name}: ${word}`)
      }
    }
  })
}

function complete(...typed: string[]): string[] {
  const words = ['synapse', ...typed].map((word) => `'${word}'`).join(' ')
  const script = `${completionScript(COMMANDS, 'bash')}
    COMP_WORDS=(${words}); COMP_CWORD=${String(typed.length)}; _synapse
    printf '%s\\n' "\${COMPREPLY[@]}"`
  const result = spawnSync('bash', ['-s'], { input: script })
  assert.equal(result.stderr.toString(), '')
  return result.stdout.toString().split('\n').filter(Boolean)
}

test('bash completes commands, verbs, options and choices', { skip: !here('bash') }, () => {
  assert.deepEqual(complete('inv'), ['inventory'])
  assert.ok(complete('inventory', 'm').includes('migrate-manifests'))
  assert.deepEqual(complete('use', 'Portraits', '--on'), ['--only'])
  assert.ok(complete('inventory', 'cleanup', '--').includes('--execute'))
  assert.deepEqual(complete('inventory', '--status', 'or'), ['orphan'])
  assert.deepEqual(complete('completion', 'z'), ['zsh'])
  assert.deepEqual(complete('inventory', '--root', 'x'), [])
})
