/** The last line of a file of lines, which a crash or an editor may have left without newline. */
import fs from 'node:fs'
import * as calls from './disk-calls.ts'

/** What was done to a last line without a newline: completed if it was valid JSON, else cut. */
export interface UnfinishedLine {
  readonly path: string
  readonly became: 'completed' | 'cut'
  readonly bytes: number
}

const lineListeners = new Set<(line: UnfinishedLine) => void>()

/** Calls `hear` for last lines that an append had to complete or cut; returns the unsubscriber. */
export function onUnfinishedLine(hear: (line: UnfinishedLine) => void): () => void {
  lineListeners.add(hear)
  return () => lineListeners.delete(hear)
}

/** A longer line is taken for torn. */
const MAX_UNFINISHED_BYTES = 64 * 1024 * 1024

function isWholeJson(path: string, start: number, length: number): boolean {
  if (length > MAX_UNFINISHED_BYTES) return false
  const fd = fs.openSync(path, 'r')
  try {
    const bytes = Buffer.alloc(length)
    fs.readSync(fd, bytes, 0, length, start)
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    return typeof value === 'object' && value !== null
  } catch {
    return false
  } finally {
    fs.closeSync(fd)
  }
}

/**
 * Completes or cuts a last line without a newline; afterwards the file ends with a complete line.
 */
export function settleLastLine(path: string): void {
  const size = fs.statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return
  const whole = endOfLastLine(path, size)
  if (whole === size) return
  const became = isWholeJson(path, whole, size - whole) ? 'completed' : 'cut'
  if (became === 'cut') calls.truncate(path, whole)
  else {
    const file = calls.openForAppend(path)
    try {
      calls.writeBytes(file, Buffer.from('\n'), size)
    } finally {
      calls.closeFile(file)
    }
  }
  for (const hear of lineListeners) hear({ path, became, bytes: size - whole })
}

function endOfLastLine(path: string, size: number): number {
  const fd = fs.openSync(path, 'r')
  try {
    const block = Buffer.alloc(Math.min(size, 65536))
    for (let end = size; end > 0; end -= block.length) {
      const start = Math.max(0, end - block.length)
      const read = fs.readSync(fd, block, 0, end - start, start)
      const newline = block.subarray(0, read).lastIndexOf(0x0a)
      if (newline >= 0) return start + newline + 1
    }
    return 0
  } finally {
    fs.closeSync(fd)
  }
}
