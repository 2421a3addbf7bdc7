/** What operations changed, for the index and for events; derived from their steps and facts. */
import {
  isSha256,
  unsafePartReason,
  type PackName,
  type ProfileName,
  type Sha256,
  type UiName,
} from '../../schemas/ids.ts'
import type { Step } from './steps.ts'
import type { OperationFacts } from './operation-facts.ts'

/** Names of what may have changed. */
export interface ChangeSet {
  readonly packs: Set<PackName>
  readonly profiles: Set<ProfileName>
  readonly blobs: Set<Sha256>
  /** Interfaces whose views changed. */
  readonly views: Set<UiName>
  /** Settings, sets of interfaces or approvals. */
  config: boolean
}

/** Returns an empty set. */
export function noChanges(): ChangeSet {
  return {
    packs: new Set(),
    profiles: new Set(),
    blobs: new Set(),
    views: new Set(),
    config: false,
  }
}

const SETTINGS = new Set([
  'state/config.json',
  'state/ui_sets.json',
  'state/approvals.json',
  'data/machine.json',
])

const BLOB = /^data\/blobs\/sha256\/[0-9a-f]{2}\/(?<sha256>[0-9a-f]{64})/u
const DIGEST = /"sha256": ?"(?<sha256>[0-9a-f]{64})"/u

function isName(value: unknown): value is string {
  return typeof value === 'string' && unsafePartReason(value) === null
}

/** Notes what an operation is about, by its facts in the journal. */
export function noteFacts(changes: ChangeSet, facts: Readonly<Record<string, unknown>>): void {
  const { sha256, pack, profile } = facts
  if (isSha256(sha256)) changes.blobs.add(sha256)
  if (isName(pack)) changes.packs.add(pack as PackName)
  if (isName(profile)) changes.profiles.add(profile as ProfileName)
}

/** Notes what an operation was about before and after it. */
export function noteOperation(
  changes: ChangeSet,
  { before, after }: Pick<OperationFacts, 'before' | 'after'>,
): void {
  noteFacts(changes, { ...before })
  noteFacts(changes, { ...after })
}

/** Notes what a step changes, by the paths that it names. */
export function noteStep(changes: ChangeSet, step: Step): void {
  const paths = 'path' in step ? [step.path] : [step.from, step.to]
  for (const path of paths) notePath(changes, path)
  const named = step.do === 'line' ? DIGEST.exec(step.text)?.groups?.['sha256'] : undefined
  if (isSha256(named)) changes.blobs.add(named)
}

function notePath(changes: ChangeSet, path: string): void {
  if (SETTINGS.has(path)) changes.config = true
  const sha256 = BLOB.exec(path)?.groups?.['sha256']
  if (isSha256(sha256)) changes.blobs.add(sha256)
  const [part, folder, name] = path.split('/')
  if (!isName(name)) return
  if (part === 'state' && folder === 'packs') changes.packs.add(name as PackName)
  if (part === 'state' && folder === 'profiles') changes.profiles.add(name as ProfileName)
  if (part === 'data' && folder === 'views') changes.views.add(name as UiName)
}
