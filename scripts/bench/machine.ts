/** What the figures depend on: the machine, its disk, the time. */
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import { join } from 'node:path'
import { probeVolume } from '../../sidecar/platform/probe-volume.ts'
import { median } from './measure.ts'
import { figure } from './report.ts'

const FLUSHES = 20
const GIB = 1024 ** 3

/** The median time of writing 4 KiB to the disk and flushing them, in milliseconds. */
function flushMs(folder: string): number {
  const path = join(folder, 'flushed')
  const fd = fs.openSync(path, 'w')
  const times = Array.from({ length: FLUSHES }, () => {
    const start = performance.now()
    fs.writeSync(fd, Buffer.alloc(4096))
    fs.fsyncSync(fd)
    return performance.now() - start
  })
  fs.closeSync(fd)
  fs.rmSync(path)
  return median(times)
}

function hasShaInstructions(): boolean | null {
  try {
    return /\b(?:sha_ni|sha2)\b/u.test(fs.readFileSync('/proc/cpuinfo', 'utf8'))
  } catch {
    return null
  }
}

function commit(): string {
  try {
    const options = { cwd: import.meta.dirname, encoding: 'utf8', stdio: 'pipe' } as const
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], options).trim()
  } catch {
    return 'unknown'
  }
}

/**
 * Returns how many processes want to run, over the last minute; figures of a busy machine mean
 * less.
 */
export const loadNow = () => figure(os.loadavg()[0] ?? 0)

/** Facts of this run, each a name and a value. */
export async function machineFacts(folder: string): Promise<[string, string][]> {
  const sha = hasShaInstructions()
  const { filesystem } = probeVolume(folder)
  const words = process.argv.slice(2).join(' ')
  return [
    ['processor', `${os.cpus()[0]?.model.trim() ?? 'unknown'}, ${os.availableParallelism()} cores`],
    ...(sha === null ? [] : [['SHA instructions', sha ? 'yes' : 'no'] as [string, string]]),
    ['memory', `${figure(os.totalmem() / GIB)} GiB`],
    ['disk', `${filesystem}, 4 KiB written and flushed in ${figure(flushMs(folder))} ms`],
    ['system', `${os.type()} ${os.release().split('-')[0] ?? ''}, ${os.arch()}`],
    ['Node', process.version],
    ['revision', commit()],
    ['date', new Date().toISOString().slice(0, 10)],
    ['command', `\`npm run bench${words === '' ? '' : ` -- ${words}`}\``],
  ]
}
