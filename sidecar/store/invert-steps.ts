/** The steps that undo others. */
import { reversePatch } from './patch-step.ts'
import { bringBackOf } from './release-step.ts'
import type { Step } from './steps.ts'

/**
 * The inverse of a step; null where there is nothing to undo: a file written once or an appended
 * line stays and does no harm.
 */
function invertStep(step: Step): Step | null {
  switch (step.do) {
    case 'write':
    case 'mode':
      return { ...step, before: step.after, after: step.before } as Step
    case 'patch':
      return reversePatch(step)
    case 'move':
      return { do: 'move', from: step.to, to: step.from }
    case 'link':
      return { do: 'unlink', path: step.to }
    case 'unlink_symbolic':
      return { ...step, do: 'link_symbolic' }
    case 'link_symbolic':
      return { ...step, do: 'unlink_symbolic' }
    case 'release':
      return bringBackOf(step)
    case 'once':
    case 'line':
    case 'unlink':
    case 'bring_back':
      return null
  }
}

/** Returns the inverses of steps, the last one first. */
export function invertSteps(steps: readonly Step[]): Step[] {
  return steps.toReversed().flatMap((step) => invertStep(step) ?? [])
}
