import assert from 'node:assert/strict'
import { globSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, it } from 'node:test'
import { GLOBAL_OPTIONS } from '../../../sidecar/cli/command.ts'
import { COMMANDS } from '../../../sidecar/cli/commands.ts'

const ROOT = path.join(import.meta.dirname, '../../..')
const NAMES = COMMANDS.flatMap(({ name, aliases }) => [name, ...aliases])

/** `synapse …` as texts name it: in backquotes, or after a colon. */
const NAMED = /(?:\\?`|: )synapse (?<words>[a-z][a-z-]*(?: [a-z][a-z-]*)*)(?<rest>[^`'\n]*)/gu

function problemOf(words: string, rest: string): string | null {
  const parts = words.split(' ')
  const found = NAMES.filter((name) => `${words} `.startsWith(`${name} `))
    .sort()
    .at(-1)
  const command = COMMANDS.find(({ name, aliases }) => [name, ...aliases].includes(found ?? ''))
  if (command === undefined) return `no command "${parts.join(' ')}"`
  const options = [...rest.matchAll(/ --(?<name>[a-z-]+)/gu)].map((one) => one.groups?.['name'])
  const known = [
    ...Object.keys(command.options),
    ...Object.keys(GLOBAL_OPTIONS),
    'execute',
    'dry-run',
  ]
  const unknown = options.find((option) => !known.includes(option ?? ''))
  return unknown === undefined ? null : `"${command.name}" has no --${unknown}`
}

describe('a text', () => {
  it('names only commands and options that there are', () => {
    const files = globSync(
      ['sidecar/**/*.ts', 'schemas/**/*.ts', 'web-components/i18n/*.ts', 'docs/*.md', 'README.md'],
      { cwd: ROOT },
    )
    const problems = files.flatMap((file) =>
      [...readFileSync(path.join(ROOT, file), 'utf8').matchAll(NAMED)].flatMap(({ groups }) => {
        const problem = problemOf(groups?.['words'] ?? '', groups?.['rest'] ?? '')
        return problem === null ? [] : [`${file}: ${problem}`]
      }),
    )
    assert.deepEqual(problems, [])
  })
})
