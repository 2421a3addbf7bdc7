/**
 * Runs one operation and kills this process before its n-th call that changes the disk. A flush
 * changes nothing that outlives a kill, so a kill before and one after it are the same.
 * `node crash-child.ts <folder of the sandbox> <operation> <n> <note>`; n = 0 kills nothing.
 * A run that comes to its end prints how many calls there were.
 */
import { observeDisk, type DiskCall } from '../../sidecar/platform/disk-calls.ts'
import { OPERATIONS } from './operations.ts'
import { openSandbox, tolerating, sandboxAt } from './sandbox.ts'

const [folder = '', name = '', killAt = '0', note = ''] = process.argv.slice(2)

/** What the probe of the volume does says nothing about an operation, but for the first. */
function counts(call: DiskCall): boolean {
  if (call.op === 'flush' || call.op === 'flush-folder') return false
  return name === 'init' || !/\/\.probe\.[^/]*\.synapse-tmp/u.test(call.path)
}

const operation = OPERATIONS.find((one) => one.name === name)
if (operation === undefined) throw new Error(`There is no operation "${name}"`)

let steps = 0
observeDisk((call) => {
  if (!counts(call)) return
  steps += 1
  if (steps === Number(killAt)) process.kill(process.pid, 'SIGKILL')
})
const sandbox = sandboxAt(folder)
const synapse = await openSandbox(sandbox)
await tolerating([], () => Promise.resolve(operation.run(synapse.client, sandbox, note, synapse)))
await synapse[Symbol.asyncDispose]()
process.stdout.write(String(steps))
