/** Stores, services and big files that the sections work with. */
import { spawn } from 'node:child_process'
import { createCipheriv } from 'node:crypto'
import fs from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import * as v from 'valibot'
import { createClient, type Client } from '../../schemas/client.ts'
import { homeAt, readService } from '../../sidecar/app/home/home.ts'
import { createSynapse, type Synapse } from '../../sidecar/http/create-synapse.ts'
import { PROGRAM } from '../build/stamp.mjs'
import type { BenchOptions } from './options.ts'

/** What every section gets. */
export interface Bench {
  readonly options: BenchOptions
  /** A temporary folder that is removed in the end. */
  readonly folder: string
  /** The big library, made when a section first asks for it. */
  readonly library: () => string
}

/** The environment that `scripts/run.mjs` gives the sidecar. */
const SERVICE_ENV = v.parse(
  v.record(v.string(), v.string()),
  JSON.parse(fs.readFileSync(join(import.meta.dirname, '..', 'service-env.json'), 'utf8')),
)

/** Returns a home of its own, so that nothing of the person's is touched. */
export const homeOf = (bench: Bench) => join(bench.folder, 'home')

/** Opens the store at `root`; makes it where there is none. */
export async function openStore(bench: Bench, root: string): Promise<Synapse> {
  const synapse = await createSynapse({ root, home: homeOf(bench) })
  await synapse.client.call('store.init', { body: {} })
  return synapse
}

/** Removes a folder or file of the bench. */
export function remove(path: string): void {
  fs.rmSync(path, { recursive: true, force: true })
}

const CHUNK = 16 * 1024 * 1024

/** Writes a file of bytes that look random, the same ones for the same key, and flushes it. */
export function writeBigFile(path: string, size: number, key: number): void {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, key), Buffer.alloc(16))
  const zeros = Buffer.alloc(CHUNK)
  const fd = fs.openSync(path, 'w')
  for (let done = 0; done < size; done += CHUNK) {
    fs.writeSync(fd, cipher.update(zeros.subarray(0, Math.min(CHUNK, size - done))))
  }
  fs.fsyncSync(fd)
  fs.closeSync(fd)
}

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly url: string
  readonly pid: number
  readonly client: Client
  stop(): Promise<void>
}

const Announced = v.object({ url: v.string() })

/** Starts a service on a free port and waits until it says where it listens. */
export async function startService(bench: Bench, root: string): Promise<ServiceProcess> {
  const home = homeOf(bench)
  const args = [PROGRAM, 'serve', '--port', '0', '--root', root, '--json']
  const child = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...SERVICE_ENV, ...process.env, SYNAPSE_HOME: home },
  })
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => {
      resolve()
    })
  })
  const lines = createInterface({ input: child.stdout })
  const first = await lines[Symbol.asyncIterator]().next()
  if (first.done === true) throw new Error('The service ended before it answered')
  const { url } = v.parse(Announced, JSON.parse(first.value))
  return {
    url,
    pid: child.pid ?? 0,
    client: createClient({ baseUrl: url, token: () => readService(homeAt(home))?.token ?? null }),
    async stop() {
      child.kill('SIGTERM')
      await ended
    },
  }
}
