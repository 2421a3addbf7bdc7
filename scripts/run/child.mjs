/** Runs programs in the place of this one: same stdio, signals passed on, the same end. */
import { spawn } from 'node:child_process'
import process from 'node:process'

/** Runs a program to its end; resolves to `{ code, signal }`. */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options })
    // A terminal sends Ctrl-C to the child itself; twice would look like an impatient user.
    const handlers = ['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => [
      signal,
      () => {
        if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
      },
    ])
    for (const [signal, handler] of handlers) process.on(signal, handler)
    const done = () => handlers.forEach(([signal, handler]) => process.off(signal, handler))
    child.once('error', (error) => (done(), reject(error)))
    child.once('exit', (code, signal) => (done(), resolve({ code, signal })))
  })
}

/** Ends this process the way the child ended. */
export function endAs({ code, signal }) {
  if (signal) {
    process.kill(process.pid, signal)
    // The signal may take a moment, or be one that this system only knows by number.
    setTimeout(() => process.exit(1), 1000)
    return new Promise(() => {})
  }
  process.exit(code ?? 1)
}
