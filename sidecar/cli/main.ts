/** The command `synapse`: argv to exit code. */
import process from 'node:process'
import { toAppError } from '../app/to-problem.ts'
import type { Outcome, StoreContext } from './command.ts'
import { COMMANDS } from './commands.ts'
import { plainContext, storeContext, type Host } from './context.ts'
import { commandHelp } from './help.ts'
import { withHint } from './hints.ts'
import { printJson, printText, reportError, viewOf } from './output.ts'
import { parse, type Invocation } from './parse.ts'
import { processTerminal } from './terminal.ts'

async function runOnStore(
  host: Host,
  { command, args }: Invocation,
  context: ReturnType<typeof plainContext>,
): Promise<Outcome> {
  const connection = await host.connect({
    ...context.folders(),
    acceptNetworkLock: context.acceptNetworkLock,
    serviceOnly: command.needs === 'service',
  })
  try {
    return await command.run(storeContext(context, connection), args)
  } finally {
    await connection.close()
  }
}

async function run(host: Host, invocation: Invocation): Promise<Outcome> {
  const { command, args } = invocation
  const context = plainContext(host, invocation, COMMANDS)
  // A plain command's own type says that it takes no more than this.
  if (command.needs === 'nothing') return command.run(context as StoreContext, args)
  return runOnStore(host, invocation, context)
}

function print(host: Host, { data, render }: Outcome, json: boolean): void {
  const { out } = host.terminal
  if (json) printJson(out, data)
  else printText(out, render?.(viewOf(out)) ?? '')
}

const asksHelp = (word: string | undefined) => word === '--help' || word === '-h'

/** Rewrites short forms of command lines: nothing at all, `--version`, `pack --help`. */
function normalizeArgv(argv: readonly string[]): readonly string[] {
  const [first, second] = argv
  if (first === undefined || (asksHelp(first) && argv.length === 1)) return ['help']
  if (first === '--version' && argv.length === 1) return ['version']
  return asksHelp(second) && argv.length === 2 && !first.startsWith('-') ? ['help', first] : argv
}

/** Runs one command line and returns the exit code. Never throws: errors go to stderr. */
export async function main(argv: readonly string[], host: Host): Promise<number> {
  let json = argv.includes('--json')
  let name = 'help'
  try {
    // A lone surrogate, which Windows allows, cannot be part of a URL.
    const typed = argv.map((word) => word.toWellFormed())
    const invocation = parse(COMMANDS, normalizeArgv(typed))
    json = invocation.globals.json
    name = invocation.command.name
    if (invocation.globals.help) {
      const view = viewOf(host.terminal.out)
      printText(host.terminal.out, commandHelp(invocation.command, COMMANDS, view))
      return 0
    }
    const outcome = await run(host, invocation)
    print(host, outcome, json)
    return outcome.exit ?? 0
  } catch (error) {
    const hinted = json ? error : withHint(toAppError(error), name)
    return reportError(hinted, host.terminal.err, json)
  }
}

/** The user's folder: `npm run` changes to the repository and names the original one. */
function callerFolder(): string {
  const from =
    process.env['npm_lifecycle_event'] === 'synapse' ? process.env['INIT_CWD'] : undefined
  return from ?? process.cwd()
}

/** Returns the machine this process runs on. */
export function processHost(): Host {
  return {
    terminal: processTerminal(),
    variables: process.env,
    cwd: callerFolder(),
    connect: async (options) => (await import('./connect.ts')).connect(options),
    runService: async (options) => (await import('../http/run-service.ts')).runService(options),
  }
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), processHost())
