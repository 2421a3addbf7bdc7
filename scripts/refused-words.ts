/**
 * Names and phrases that were ours alone, each with the field's term. They are refused whole, so
 * that nobody brings one back by habit.
 */
import { listFiles, readSource } from './source-files.ts'

/** Identifier → what it is called. */
const IDENTIFIERS: Readonly<Record<string, string>> = {
  ActFacts: 'OperationFacts',
  Applicant: 'PairingClient',
  DocumentsAfter: 'OverlayDocuments',
  JournalAct: 'JournalOperation',
  LISTED: 'MAX_LISTED',
  NotFollowed: 'ViewSyncFailure',
  ReaderAfter: 'OverlayReader',
  StoreMemory: 'StoreCache',
  StrayFile: 'UnmanagedFile',
  Sweeper: 'Reconciler',
  beginFollowing: 'markViewsPending',
  claimName: 'linkExclusive',
  createMemory: 'createCache',
  derivedAnew: 'regenerateDerivedProfiles',
  dismantleView: 'removeView',
  endFollowed: 'completePendingViews',
  findStrayFiles: 'findUnmanagedFiles',
  followChanges: 'syncActiveViews',
  foreseeSteps: 'previewSteps',
  foreseeViews: 'previewViews',
  gatherView: 'planView',
  held_back: 'blocked',
  isBehind: 'isStale',
  keepAsItIs: 'keepCurrentView',
  markBehind: 'markStale',
  mayHideReferences: 'mayMissReferences',
  nextStamps: 'allocateMtimes',
  orForget: 'cleanupOnError',
  outerDoor: 'originGuard',
  patiently: 'retryWhileBusy',
  settleView: 'repairView',
  showTop: 'activateTop',
  sweep: 'reconcile',
  sweepWork: 'reconcileSteps',
  takeStepsBack: 'rollback',
  tidyViews: 'pruneStaleViews',
  viewsBehind: 'viewsPending',
  viewsFollow: 'syncViews',
  waitingFolder: 'stagingFolder',
  withdrawBlob: 'unlinkBlob',
}

/** Phrase → what is said instead. */
const PHRASES: Readonly<Record<string, string>> = {
  'a fault of the program': 'internal error',
  'held back until': 'blocked until',
  'is no absolute path': 'is not an absolute path',
  'stray file': 'unmanaged file',
  'the world has changed': 'the plan is out of date',
  'there is no such address': 'no such route',
}

const FILES = '{sidecar,schemas,web-components,scripts,tests,docs}/**/*.{ts,md}'
const OWN = 'scripts/refused-words.ts'

function refusedIn(text: string): string[] {
  const names = new Set(text.match(/[A-Za-z_]\w*/gu))
  const low = text.toLowerCase()
  return [
    ...Object.entries(IDENTIFIERS)
      .filter(([name]) => names.has(name))
      .map(([name, term]) => `${name} is called ${term}`),
    ...Object.entries(PHRASES)
      .filter(([phrase]) => low.includes(phrase))
      .map(([phrase, said]) => `"${phrase}": say "${said}"`),
  ]
}

/** Returns every refused word of the tree, with its file. */
export function refusedWords(): string[] {
  return listFiles(FILES)
    .filter((file) => file !== OWN)
    .flatMap((file) => refusedIn(readSource(file)).map((problem) => `${file}: ${problem}`))
}
