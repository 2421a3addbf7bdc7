/** Planned changes of a pack. */
import type { PackName } from '../../../schemas/ids.ts'
import type { StoreReader } from '../../store/store-reader.ts'
import type { OperationPlan } from '../operation-plan.ts'
import { intoGlobal } from './profile-changes.ts'
import { type PackDocuments, documentSteps } from './pack-documents.ts'

/** A planned change of a pack. */
export type PackPlan = OperationPlan<PackName>

/** A pack to be created. */
export interface NewPack {
  readonly name: PackName
  readonly documents: PackDocuments
  /** Whether it is appended to the global profile. */
  readonly global: boolean
}

/** Plans creating a pack from these documents. */
export function creationOf(reader: StoreReader, { name, documents, global }: NewPack): PackPlan {
  const profile = global ? intoGlobal(reader, name) : []
  return {
    name,
    facts: { op: 'pack.create', after: { pack: name }, syncViews: true },
    steps: [...documentSteps(reader, name, documents), ...profile],
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
