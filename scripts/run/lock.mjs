/** A lock between runs of these scripts: a file that names the process which holds it. */
import { randomUUID } from 'node:crypto'
import fs from 'node:fs'
import process from 'node:process'
import { setTimeout as sleep } from 'node:timers/promises'

const WAIT_MS = 10 * 60_000
const LOOK_MS = 200

export function readText(file) {
  try {
    return fs.readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

function createExclusively(file, text) {
  try {
    fs.writeFileSync(file, text, { flag: 'wx' })
    return true
  } catch (error) {
    if (error.code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes the lock of a run that died. Each lock has its own name for the claim, and the lock is
 * read again under the claim, so that two runs never remove each other's.
 */
function removeDead(file, content) {
  const [pid, id] = content.split(' ')
  if (!id || isAlive(Number(pid))) return
  const claim = `${file}.${id.trim()}`
  if (!createExclusively(claim, '')) return
  if (readText(file) === content) fs.rmSync(file, { force: true })
  fs.rmSync(claim, { force: true })
}

async function take(file, content, waiting) {
  const giveUpAt = Date.now() + WAIT_MS
  for (let isReported = false; !createExclusively(file, content);) {
    const other = readText(file)
    if (other !== undefined) removeDead(file, other)
    if (Date.now() > giveUpAt) throw new Error(`Another run holds ${file}: end it or delete it.`)
    if (!isReported) console.error(waiting)
    isReported = true
    await sleep(LOOK_MS)
  }
}

/**
 * Does `work` while holding the lock; says `waiting` once where another run holds it.
 * @throws what writing the file throws, where the disk takes no writes
 */
export async function withLock(file, waiting, work) {
  const content = `${process.pid} ${randomUUID()}\n`
  await take(file, content, waiting)
  const release = () => {
    if (readText(file) === content) fs.rmSync(file, { force: true })
  }
  process.once('exit', release)
  try {
    return await work()
  } finally {
    release()
    process.off('exit', release)
  }
}
