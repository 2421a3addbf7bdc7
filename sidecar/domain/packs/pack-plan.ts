/** Planned changes of a pack. */
import type { PackName } from '../../../schemas/ids.ts'
import type { Step } from '../../store/steps.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { StoreTx } from '../../store/store-tx.ts'
import type { OperationFacts } from '../../store/operation-facts.ts'
import { intoGlobal } from './profile-changes.ts'
import { type PackDocuments, documentSteps } from './pack-documents.ts'

/** A planned change of a pack. */
export interface PackPlan {
  /** The pack's name afterwards. */
  readonly name: PackName
  readonly facts: OperationFacts
  readonly steps: readonly Step[]
}

/** Performs a planned change, if it changes anything. @returns the pack's name @throws disk.* */
export async function performPlan(tx: StoreTx, plan: PackPlan): Promise<PackName> {
  if (plan.steps.length > 0) await tx.perform(plan.facts, plan.steps)
  return plan.name
}

/** Plans creating a pack from these documents and appending it to the global profile. */
export function creationOf(
  reader: StoreReader,
  name: PackName,
  documents: PackDocuments,
): PackPlan {
  const global = intoGlobal(reader, name)
  return {
    name,
    facts: { op: 'pack.create', after: { pack: name }, syncViews: true },
    steps: [...documentSteps(reader, name, documents), ...global],
  }
}

/** Plans replacing the documents of a pack. */
export function changeOf(reader: StoreReader, name: PackName, documents: PackDocuments): PackPlan {
  return {
    name,
    facts: { op: 'pack.edit', after: { pack: name }, syncViews: true },
    steps: documentSteps(reader, name, documents),
  }
}
