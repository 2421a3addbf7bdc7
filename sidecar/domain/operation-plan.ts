/** Operations that are planned before they are performed. */
import type { OperationFacts } from '../store/operation-facts.ts'
import type { Step } from '../store/steps.ts'
import type { StoreTx } from '../store/store-tx.ts'

/** A planned operation on something with a name. */
export interface OperationPlan<Name> {
  /** The name afterwards. */
  readonly name: Name
  readonly facts: OperationFacts
  readonly steps: readonly Step[]
}

/** Performs a planned operation, if it changes anything. @returns the name @throws disk.* */
export async function performPlan<Name>(tx: StoreTx, plan: OperationPlan<Name>): Promise<Name> {
  if (plan.steps.length > 0) await tx.perform(plan.facts, plan.steps)
  return plan.name
}
