/** Builds the contexts of commands from the command line and the machine. */
import { AppError } from '../../schemas/errors.ts'
import type { Command, Context, Outcome, StoreContext } from './command.ts'
import type { Connect, Connection, RunService } from './connect.ts'
import { findFolders, type Variables } from './environment.ts'
import { printText, viewOf } from './output.ts'
import type { Invocation } from './parse.ts'
import { followJob } from './progress.ts'
import type { Terminal } from './terminal.ts'

/** The machine as the command sees it; tests replace it. */
export interface Host {
  readonly terminal: Terminal
  readonly variables: Variables
  readonly cwd: string
  readonly connect: Connect
  readonly runService: RunService
}

/** Returns the context of a command without a store. */
export function plainContext(
  host: Host,
  { globals }: Invocation,
  commands: readonly Command[],
): Context {
  const { terminal, variables, cwd } = host
  return {
    terminal,
    variables,
    cwd,
    commands,
    folders: () => findFolders(variables, cwd, globals.root),
    json: globals.json,
    yes: globals.yes,
    acceptNetworkLock: globals['accept-network-lock'],
    runService: host.runService,
  }
}

async function confirm(context: Context, question: string, plan: Outcome): Promise<void> {
  if (context.yes) return
  const { terminal, json } = context
  const refusal = new AppError('input.invalid', `This needs confirmation: ${question}`, {
    hint: 'Pass --yes to confirm; --dry-run shows what would happen.',
  })
  if (json) throw refusal
  printText(terminal.err, plan.render?.(viewOf(terminal.err)) ?? '')
  const answer = await terminal.ask(`${question} [y/N] `)
  if (answer === null) throw refusal
  if (/^y(es)?$/iu.test(answer.trim())) return
  throw new AppError('job.cancelled', 'Nothing was done')
}

/** Returns the context of a command on a store. */
export function storeContext(context: Context, { client, mode }: Connection): StoreContext {
  const { terminal, json } = context
  return {
    ...context,
    client,
    mode,
    follow: (job) => followJob(job, { client, terminal, json, mode }),
    confirm: (question, plan) => confirm(context, question, plan),
  }
}
