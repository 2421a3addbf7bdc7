/** A machine for the command: a client that answers from a table, and a terminal that remembers. */
import type { Client } from '../../../schemas/client.ts'
import type { EndpointId } from '../../../schemas/endpoints.ts'
import type { ConnectOptions } from '../../../sidecar/cli/connect.ts'
import type { Host } from '../../../sidecar/cli/context.ts'
import { main } from '../../../sidecar/cli/main.ts'
import type { EndSignal } from '../../../sidecar/cli/terminal.ts'
import { ANSWERS } from './answers.ts'

interface Call {
  readonly id: EndpointId
  readonly input: Record<string, unknown>
}

type FakeAnswer = (input: Record<string, unknown>) => unknown

interface Fake {
  /** Answers beside {@link ANSWERS}; a function gets the input, and may throw. */
  readonly answers?: Partial<Record<EndpointId, FakeAnswer>>
  readonly tty?: boolean
  readonly color?: boolean
  readonly width?: number
  readonly mode?: 'service' | 'direct'
  /** The user's answer to a prompt; null without a terminal. */
  readonly reply?: string | null
  readonly input?: string
  readonly raw?: Client['raw']
  readonly host?: Partial<Host>
  readonly variables?: Record<string, string>
}

interface Ran {
  readonly code: number
  readonly out: string
  readonly err: string
  readonly calls: readonly Call[]
  readonly questions: readonly string[]
  readonly connected: readonly ConnectOptions[]
}

/** The signal handlers of the run that goes on, for tests that press Ctrl-C. */
export const handlers = new Set<(signal: EndSignal) => void>()

export function press(signal: EndSignal = 'SIGINT'): void {
  for (const handler of handlers) handler(signal)
}

/** Runs a command line (its words given one by one) and gives all that came of it. */
export async function run(argv: readonly string[], fake: Fake = {}): Promise<Ran> {
  const calls: Call[] = []
  const questions: string[] = []
  const connected: ConnectOptions[] = []
  const text = { out: '', err: '' }
  const client: Client = {
    raw: fake.raw ?? (() => Promise.reject(new Error('no stream here'))),
    async call(id, input = {}) {
      const given = input as Record<string, unknown>
      calls.push({ id, input: given })
      const own = fake.answers?.[id]
      const answer = own ? own(given) : ANSWERS[id]
      if (answer === undefined) throw new Error(`No answer for ${id}`)
      return answer as never
    },
  }
  const output = (name: 'out' | 'err') => ({
    isTty: fake.tty ?? false,
    width: fake.width ?? (fake.tty ? 80 : Infinity),
    color: fake.color ?? false,
    write: (piece: string) => (text[name] += piece),
  })
  const host: Host = {
    terminal: {
      out: output('out'),
      err: output('err'),
      async ask(question) {
        questions.push(question)
        return fake.reply ?? null
      },
      readInput: async () => fake.input ?? '',
      onSignal(handler) {
        handlers.add(handler)
        return () => handlers.delete(handler)
      },
    },
    variables: { SYNAPSE_HOME: '/nowhere/home', ...fake.variables },
    cwd: '/work-folder',
    async connect(options) {
      connected.push(options)
      return { client, mode: fake.mode ?? 'direct', close: async () => {} }
    },
    runService: () => Promise.reject(new Error('no service here')),
    ...fake.host,
  }
  const code = await main(argv, host)
  return { code, ...text, calls, questions, connected }
}

/** Splits a line as a shell would: quotes, and no redirection. */
export function wordsOf(line: string): string[] {
  const [typed = ''] = line.split(' > ')
  return [...typed.matchAll(/"([^"]*)"|(\S+)/gu)]
    .map((match) => match[1] ?? match[2] ?? '')
    .slice(1)
}
