/** Other people's programs, to be measured beside. */
import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import path from 'node:path'
import type { Contender } from './measure.ts'

/** Reports whether a program is installed. */
function hasProgram(name: string): boolean {
  const folders = (process.env['PATH'] ?? '').split(path.delimiter).filter(Boolean)
  return folders.some((folder) => {
    const file = path.join(folder, name)
    try {
      accessSync(file, constants.X_OK)
      return statSync(file).isFile()
    } catch {
      return false
    }
  })
}

/** A program and its arguments. */
export type CommandLine = readonly [program: string, ...args: string[]]

/** Where and with what a program runs. */
export interface RunOptions {
  readonly cwd?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Runs a program to its end; what it prints goes nowhere. @throws Error where it fails */
export async function runProgram(line: CommandLine, options: RunOptions = {}): Promise<void> {
  const [program, ...args] = line
  const { promise, resolve, reject } = Promise.withResolvers<undefined>()
  const child = spawn(program, args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  })
  let output = ''
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.once('error', reject)
  child.once('close', (code) => {
    if (code === 0) resolve(undefined)
    else reject(new Error(`${line.join(' ')} ended with ${code ?? 'a signal'}: ${output.trim()}`))
  })
  await promise
}

/** Runs programs one after another. */
export async function runPrograms(lines: readonly CommandLine[]): Promise<void> {
  for (const line of lines) await runProgram(line)
}

/**
 * Makes the disk write all pending data, where the system has a program for that, so that no run
 * pays for data that an earlier one left unflushed.
 */
export async function flushDisk(folder: string): Promise<void> {
  if (hasProgram('sync')) await runProgram(['sync', '-f', folder])
}

/** A contender that needs programs which may be absent. */
export interface Peer extends Contender {
  readonly needs: readonly string[]
}

/** Peers that can be measured here, and a sentence about those that cannot. */
export function sortPeers(peers: readonly Peer[]): { here: Peer[]; notes: string[] } {
  const absent = new Set(peers.flatMap((peer) => peer.needs).filter((name) => !hasProgram(name)))
  const here = peers.filter((peer) => !peer.needs.some((name) => absent.has(name)))
  const notes = absent.size === 0 ? [] : [`Not installed here: ${[...absent].join(', ')}.`]
  return { here, notes }
}
