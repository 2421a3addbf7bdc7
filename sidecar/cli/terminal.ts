/** The terminal of the command: output streams, prompts and signals. */
import process from 'node:process'

/** One of the two outputs. */
export interface Output {
  readonly isTty: boolean
  /** Columns of the terminal; Infinity where the text goes into a pipe or a file. */
  readonly width: number
  readonly color: boolean
  write(text: string): void
}

/** The signals that end a command. */
export type EndSignal = 'SIGINT' | 'SIGTERM'

/** The parts of a terminal that the command needs; tests use one that records. */
export interface Terminal {
  readonly out: Output
  readonly err: Output
  /** Reads one answer; null without an interactive terminal. */
  ask(question: string): Promise<string | null>
  /** All of standard input as text. */
  readInput(): Promise<string>
  /** Calls `handler` at each end signal instead of dying, until the returned function is called. */
  onSignal(handler: (signal: EndSignal) => void): () => void
}

function mayColor(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb'
}

function outputOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv): Output {
  return {
    isTty: stream.isTTY,
    get width() {
      return stream.isTTY ? stream.columns || 80 : Infinity
    },
    color: mayColor(stream, env),
    write: (text) => void stream.write(text),
  }
}

async function askPerson(question: string): Promise<string | null> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null
  const { createInterface } = await import('node:readline/promises')
  const lines = createInterface({ input: process.stdin, output: process.stderr })
  const stop = new AbortController()
  // Ctrl-C and the end of input both mean no.
  lines.once('SIGINT', () => stop.abort()).once('close', () => stop.abort())
  try {
    return await lines.question(question, { signal: stop.signal })
  } catch {
    process.stderr.write('\n')
    return ''
  } finally {
    lines.close()
  }
}

function onSignal(handler: (signal: EndSignal) => void): () => void {
  process.on('SIGINT', handler).on('SIGTERM', handler)
  return () => void process.off('SIGINT', handler).off('SIGTERM', handler)
}

/** Returns the terminal of this process. A closed pipe (`| head`) ends the process quietly. */
export function processTerminal(env: NodeJS.ProcessEnv = process.env): Terminal {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    out: outputOf(process.stdout, env),
    err: outputOf(process.stderr, env),
    ask: askPerson,
    async readInput() {
      process.stdin.setEncoding('utf8')
      const chunks: string[] = []
      for await (const chunk of process.stdin) chunks.push(String(chunk))
      return chunks.join('')
    },
    onSignal,
  }
}
