/** Everything that must hold before a change lands, as named steps with a time each. */
import { spawn } from 'node:child_process'
import path from 'node:path'

const ROOT = path.dirname(import.meta.dirname)

interface Step {
  readonly name: string
  readonly args: readonly string[]
  /** How to fix it, where one command does. */
  readonly hint?: string
}

const TSC = 'node_modules/typescript/bin/tsc'

const STEPS: readonly Step[] = [
  { name: 'types: node', args: [TSC, '-p', 'tsconfig.json'] },
  { name: 'types: browser', args: [TSC, '-p', 'web-components/tsconfig.json'] },
  { name: 'types: browser tests', args: [TSC, '-p', 'tests/browser/tsconfig.json'] },
  { name: 'lint', args: ['node_modules/eslint/bin/eslint.js', '--max-warnings=0', '.'] },
  {
    name: 'format',
    args: ['node_modules/prettier/bin/prettier.cjs', '--check', '--log-level=warn', '.'],
    hint: 'npm run format',
  },
  { name: 'imports', args: ['scripts/check-imports.ts'] },
  { name: 'unused', args: ['node_modules/knip/bin/knip.js', '--no-progress'] },
  { name: 'docs', args: ['scripts/check-docs.ts'] },
]

interface Outcome {
  readonly step: Step
  readonly ok: boolean
  readonly seconds: number
  readonly output: string
}

function runStep(step: Step): Promise<Outcome> {
  const { promise, resolve, reject } = Promise.withResolvers<Outcome>()
  const start = performance.now()
  const child = spawn(process.execPath, step.args, { cwd: ROOT })
  let output = ''
  const keep = (chunk: Buffer) => (output += chunk.toString())
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  child.once('error', reject)
  child.once('close', (code) => {
    resolve({ step, ok: code === 0, seconds: (performance.now() - start) / 1000, output })
  })
  return promise
}

function printOutput({ step, ok, output }: Outcome): void {
  if (output.trim() !== '') console.log(`\n── ${step.name}\n${output.trim()}`)
  if (!ok && step.hint) console.log(`Fix it with: ${step.hint}`)
}

function printTable(outcomes: readonly Outcome[]): void {
  console.log('')
  for (const { step, ok, seconds } of outcomes) {
    console.log(`${ok ? '✔' : '✖'} ${step.name.padEnd(22)} ${seconds.toFixed(1).padStart(6)} s`)
  }
}

const chosen = process.argv.slice(2)
const steps = STEPS.filter(
  ({ name }) => chosen.length === 0 || chosen.some((word) => name.includes(word)),
)
const outcomes = await Promise.all(steps.map(runStep))
outcomes.forEach(printOutput)
printTable(outcomes)
const failed = outcomes.filter(({ ok }) => !ok).length
console.log(
  failed === 0 ? '\nAll checks pass.' : `\n${String(failed)} of ${String(steps.length)} fail.`,
)
process.exitCode = failed === 0 && steps.length > 0 ? 0 : 1
