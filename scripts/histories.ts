/**
 * Random histories of a store: `npm run histories -- [--runs 10000] [--seed S] [--jobs 2]`.
 *
 * Prints how far it is. The first history that breaks something is made as short as it goes and
 * printed with what repeats it (`--seed S --path P`); the exit code is 1 then.
 */
import { fork, type ChildProcess } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import {
  checkHistories,
  describeFailure,
  type FailedHistory,
} from '../tests/safety/histories/check-histories.ts'

/** How many histories share a seed. */
const CHUNK = 50
const REPORT_EVERY_MS = 5000

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    seed: { type: 'string' },
    jobs: { type: 'string', default: String(Math.min(2, availableParallelism())) },
    path: { type: 'string' },
    worker: { type: 'boolean', default: false },
  },
})

function whole(name: 'runs' | 'jobs', text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  console.error(`--${name} must be a whole number above 0, not "${text}".`)
  process.exit(2)
}

/** The task of a worker, and its reply. */
interface Chunk {
  readonly seed: number
  readonly runs: number
}
type Said = { readonly done: 1 } | { readonly failed: FailedHistory | null }

function work(): void {
  process.on('message', ({ seed, runs }: Chunk) => {
    const say = (said: Said) => process.send?.(said)
    const onRun = () => say({ done: 1 })
    checkHistories({ seed, runs, onRun }).then(
      (failed) => say({ failed }),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  process.on('disconnect', () => process.exit())
}

/** Has one worker do one chunk. @throws where the worker dies */
function runChunk(worker: ChildProcess, chunk: Chunk, onRun: () => void) {
  const { promise, resolve, reject } = Promise.withResolvers<FailedHistory | null>()
  const died = () => {
    reject(new Error(`The worker died in the histories of seed ${String(chunk.seed)}`))
  }
  const hear = (said: Said) => {
    if ('done' in said) onRun()
    else resolve(said.failed)
  }
  worker.on('message', hear)
  worker.once('exit', died)
  worker.send(chunk)
  return promise.finally(() => worker.off('message', hear).off('exit', died))
}

function* chunksOf(runs: number, seed: number): Generator<Chunk> {
  for (let first = 0; first < runs; first += CHUNK) {
    yield { seed: seed + first / CHUNK, runs: Math.min(CHUNK, runs - first) }
  }
}

async function runAll(runs: number, seed: number, jobs: number): Promise<FailedHistory | null> {
  const started = performance.now()
  let done = 0
  const report = () => {
    const each = (performance.now() - started) / Math.max(1, done)
    console.log(`${String(done)} of ${String(runs)} histories, ${each.toFixed(0)} ms each`)
  }
  const timer = setInterval(report, REPORT_EVERY_MS)
  const chunks = chunksOf(runs, seed)
  const stopped = Promise.withResolvers<null>()
  const workers = Array.from({ length: jobs }, () => fork(import.meta.filename, ['--worker']))
  let failed: FailedHistory | null = null
  const lane = async (worker: ChildProcess) => {
    for (const chunk of chunks) {
      const running = runChunk(worker, chunk, () => (done += 1))
      const found = await Promise.race([running, stopped.promise])
      failed ??= found
      if (failed === null) continue
      stopped.resolve(null)
      return
    }
  }
  try {
    await Promise.all(workers.map(lane))
    return failed
  } finally {
    clearInterval(timer)
    for (const worker of workers) if (worker.connected) worker.disconnect()
    report()
  }
}

async function main(): Promise<void> {
  const runs = whole('runs', values.runs)
  const jobs = whole('jobs', values.jobs)
  const seed = values.seed === undefined ? randomInt(2 ** 31) : Number(values.seed)
  if (!Number.isSafeInteger(seed)) throw new Error('--seed must be a whole number')
  const { path } = values
  const which = path === undefined ? `${runs} histories, ${jobs} at once,` : 'One history'
  console.log(`${which} from seed ${seed}`)
  const failed =
    path === undefined
      ? await runAll(runs, seed, jobs)
      : await checkHistories({ runs: CHUNK, seed, path })
  if (failed === null) {
    console.log('Nothing was lost.')
    return
  }
  console.error(describeFailure(failed))
  process.exitCode = 1
}

if (values.worker) work()
else await main()
