/**
 * The other process of a history: makes the operations that it is sent, and kills itself at the
 * requested call.
 */
import { watching } from '../watching.ts'
import { openQuick, sandboxAt } from '../sandbox.ts'
import { opened, outcomeOf } from './actions.ts'
import type { Answer, Order } from './partner.ts'

async function obey({ folder, action, killAt }: Order): Promise<string | null> {
  const sandbox = sandboxAt(folder)
  let calls = 0
  const observer = () => {
    calls += 1
    if (calls === killAt) process.kill(process.pid, 'SIGKILL')
  }
  return watching(observer, async () => {
    await using synapse = opened(await openQuick(sandbox))
    return await outcomeOf({ client: synapse.client, synapse, sandbox }, action, null)
  })
}

process.on('message', (order: Order) => {
  // Nobody listens any more where another history failed meanwhile.
  const say = (answer: Answer) => process.connected && process.send?.(answer)
  obey(order).then(
    (code) => say({ code }),
    (error: unknown) => say({ code: null, fault: String(error) }),
  )
})
