/** The service as people run it: a process of its own, killed and started again. */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { createClient, type Client } from '../../schemas/client.ts'
import type { Answer } from '../../schemas/endpoints.ts'
import type { Job } from '../../schemas/jobs.ts'
import { homeAt, readService } from '../../sidecar/app/home/home.ts'
import { BUILT_PROGRAM } from '../_support/built.ts'
import { temporaryFolder } from '../_support/test-synapse.ts'

const PAUSE_MS = 50
const KILLED: readonly NodeJS.Signals[] = ['SIGKILL']

/** Where a store and its home lie; all that was started there ends with the test. */
export interface Place {
  readonly folder: string
  readonly root: string
  readonly home: string
}

const started = new Map<string, Set<ChildProcess>>()

/** Returns a new place. */
export function newPlace(t: TestContext): Place {
  const children = new Set<ChildProcess>()
  // Added before the removal of the folder, so that it is done before.
  t.after(async () => {
    const living = [...children].filter((child) => child.exitCode === null && !child.signalCode)
    await Promise.all(living.map((child) => (child.kill('SIGKILL'), once(child, 'exit'))))
  })
  const folder = temporaryFolder(t)
  started.set(folder, children)
  return { folder, root: join(folder, 'store'), home: join(folder, 'home') }
}

function environment(home: string): NodeJS.ProcessEnv {
  const { SYNAPSE_ROOT: _root, SYNAPSE_PORT: _port, ...rest } = process.env
  return { ...rest, SYNAPSE_HOME: home }
}

/** A running service. */
export interface RealService {
  readonly client: Client
  readonly url: string
  readonly token: string
  /** Everything that it wrote for people. */
  text(): string
  /** Ends it; resolves once it is gone. */
  stop(signal: NodeJS.Signals): Promise<void>
}

/** Starts `synapse serve`, and waits until it answers. Fails with its words where it ends. */
export async function startService(place: Place): Promise<RealService> {
  const child = spawn(
    process.execPath,
    [BUILT_PROGRAM, 'serve', '--root', place.root, '--port', '0'],
    {
      env: environment(place.home),
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  started.get(place.folder)?.add(child)
  let text = ''
  child.stdout.on('data', (chunk) => (text += String(chunk)))
  child.stderr.on('data', (chunk) => (text += String(chunk)))
  for (;;) {
    const info = readService(homeAt(place.home))
    if (info !== null && info.pid === child.pid) {
      const { url, token } = info
      const client = createClient({ baseUrl: url, token: () => token })
      const stop = async (signal: NodeJS.Signals) => {
        child.kill(signal)
        await ended(child)
      }
      if (await answers(client)) return { client, url, token, text: () => text, stop }
    }
    assert.equal(child.exitCode ?? child.signalCode, null, text)
    await sleep(PAUSE_MS)
  }
}

async function answers(client: Client): Promise<boolean> {
  try {
    await client.call('health')
    return true
  } catch {
    return false
  }
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

/** Runs a command beside whatever runs; gives its exit code and its words. */
export function runCommand(place: Place, ...argv: string[]) {
  const args = [BUILT_PROGRAM, '--root', place.root, ...argv]
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    env: environment(place.home),
    encoding: 'utf8',
  })
  return { code: status, out: stdout, errors: stderr }
}

/** Starts a command, and goes on at once. */
export function startCommand(place: Place, ...argv: string[]): ChildProcess {
  const args = [BUILT_PROGRAM, '--root', place.root, ...argv]
  const child = spawn(process.execPath, args, { env: environment(place.home), stdio: 'ignore' })
  started.get(place.folder)?.add(child)
  return child
}

/** Waits for the end of a job. */
export async function endOf(client: Client, id: string): Promise<Answer<'jobs.show'>> {
  for (;;) {
    const job = await client.call('jobs.show', { params: { id } })
    if (job.state !== 'queued' && job.state !== 'running') return job
    await sleep(PAUSE_MS)
  }
}

/** Waits until `condition` holds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await sleep(PAUSE_MS)
}

/** Writes files of different bytes, each of the same size; gives their paths. */
export function writeModels(folder: string, count: number, size: number): string[] {
  mkdirSync(folder, { recursive: true })
  return Array.from({ length: count }, (_, n) => {
    const path = join(folder, `model ${String(n)}.safetensors`)
    mkdirSync(dirname(path), { recursive: true })
    const bytes = Buffer.alloc(size, n % 251)
    // Ended by a byte that fills no file, or a number and its fill could read as a longer number.
    bytes.write(`${folder} ${String(n)}\xff`, 'latin1')
    writeFileSync(path, bytes)
    return path
  })
}

/** Returns the job as its record says it. */
export function recordOf(place: Place, id: string): Job {
  return JSON.parse(readFileSync(join(place.root, 'data/jobs', `${id}.json`), 'utf8')) as Job
}

/** Signals that end a service, those that cannot be heard included. */
export const ENDINGS: readonly NodeJS.Signals[] = [...KILLED, 'SIGTERM', 'SIGINT']
