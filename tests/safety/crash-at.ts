/** A crash in this process: from some call on nothing reaches the disk, and memory is thrown away. */
import fs from 'node:fs'
import { join } from 'node:path'
import type { Synapse } from '../../sidecar/http/create-synapse.ts'
import type { DiskCall } from '../../sidecar/platform/disk-calls.ts'
import { names } from './seen.ts'
import { watching } from './watching.ts'
import { closeQuick, type Sandbox } from './sandbox.ts'

/** Thrown by every call that changes the disk, once the process counts as dead. */
class Crash extends Error {
  constructor() {
    super('The process is dead')
  }
}

const isIndex = (name: string) => name.startsWith('index.sqlite')

/** The index as it stands; writes to it pass by the observer. */
function rememberIndex(root: string): () => void {
  const data = join(root, 'data')
  const kept = names(data)
    .filter(isIndex)
    .map((name) => [name, fs.readFileSync(join(data, name))] as const)
  return () => {
    for (const name of names(data).filter(isIndex)) fs.rmSync(join(data, name))
    for (const [name, bytes] of kept) {
      if (!name.endsWith('-shm')) fs.writeFileSync(join(data, name), bytes)
    }
  }
}

/**
 * Runs `work` until a call that changes the disk, from which on nothing reaches it; then closes
 * `synapse`, and the disk is as a killed process left it.
 * @param end the number of that call, counted from 1, or decides whether a call is it
 * @returns how many calls there were, and whether that one was among them
 */
export async function crashAt(
  end: number | ((call: DiskCall, number: number) => boolean),
  { root }: Sandbox,
  synapse: Synapse,
  work: () => Promise<unknown>,
): Promise<{ readonly calls: number; readonly crashed: boolean }> {
  const isEnd = typeof end === 'number' ? (_: DiskCall, number: number) => number === end : end
  let calls = 0
  let restore: (() => void) | undefined
  const observer = (call: DiskCall) => {
    calls += 1
    if (restore === undefined && isEnd(call, calls)) restore = rememberIndex(root)
    if (restore !== undefined) throw new Crash()
  }
  await watching(observer, async () => {
    await work().catch(() => undefined)
    await closeQuick(synapse)
  })
  restore?.()
  return { calls, crashed: restore !== undefined }
}
