/**
 * Names and phrases that were ours alone, each with the field's term. They are refused whole, so
 * that none comes back by habit.
 */
import { listFiles, readSource } from './source-files.ts'

/** Identifier → what it is called. */
const IDENTIFIERS: Readonly<Record<string, string>> = {
  ActFacts: 'OperationFacts',
  Applicant: 'PairingClient',
  BONES: 'SKELETON_WIDTHS',
  DocumentsAfter: 'OverlayDocuments',
  FlowEnds: 'SwitchCallbacks',
  HINDRANCES: 'RECOVERABLE_CODES',
  HashOrder: 'HashTask',
  ImportOrder: 'ScopedImportRequest',
  Ingredients: 'ViewInputs',
  JournalAct: 'JournalOperation',
  LISTED: 'MAX_LISTED',
  LOOK_INTO: 'MAX_SCANNED',
  LooseHandler: 'UntypedHandler',
  NotFollowed: 'ViewSyncFailure',
  ReaderAfter: 'OverlayReader',
  SAYINGS: 'EVENT_MESSAGES',
  SENTENCES: 'SUMMARIES',
  StoreMemory: 'StoreCache',
  StrayFile: 'UnmanagedFile',
  StrayQuestion: 'UnmanagedQuery',
  StraysOfView: 'UnmanagedOfView',
  Sweeper: 'Reconciler',
  SynapseTroubles: 'SynapseIssues',
  TakenBack: 'UndoOutcome',
  Theatre: 'HistorySetup',
  ViewQuestion: 'ViewPlanInput',
  actOf: 'recordedOperation',
  adoptStrays: 'adoptUnmanaged',
  bearsStamp: 'hasExpectedMtime',
  beginFollowing: 'markViewsPending',
  claimName: 'linkExclusive',
  concernsPacks: 'affectsPacks',
  createMemory: 'createCache',
  derivedAnew: 'regenerateDerivedProfiles',
  discardTaken: 'discard',
  dismantleView: 'removeView',
  doorText: 'accessText',
  endFollowed: 'completePendingViews',
  findStrayFiles: 'findUnmanagedFiles',
  finishActs: 'recoverOperations',
  finishFill: 'recoverAddFiles',
  followChanges: 'syncActiveViews',
  foreseeSteps: 'previewSteps',
  foreseeViews: 'previewViews',
  forgetStamp: 'forgetStates',
  formatStamp: 'formatTimestamp',
  freshStray: 'freshUnmanaged',
  gatherView: 'planView',
  held_back: 'blocked',
  isBehind: 'isStale',
  isPeoples: 'isUserFixable',
  isUnforeseen: 'isUnexpected',
  keepAsItIs: 'keepCurrentView',
  keepStamp: 'saveState',
  knownStamp: 'savedState',
  lastStamp: 'lastMtime',
  liesElsewhere: 'isOtherVolume',
  listedAct: 'listedOperation',
  lostStrays: 'lostUnmanaged',
  markBehind: 'markStale',
  mayHideReferences: 'mayMissReferences',
  moveFileAcross: 'moveAcrossVolumes',
  nextStamps: 'allocateMtimes',
  openActs: 'openOperations',
  orForget: 'cleanupOnError',
  outerDoor: 'originGuard',
  packStamp: 'packFingerprint',
  patiently: 'retryWhileBusy',
  recentViewActs: 'recentViewOperations',
  refuseCircle: 'assertNoCycle',
  releaseTaken: 'finalize',
  rewriteDerived: 'regenerateDerivedProfiles',
  settleView: 'repairView',
  shardStamp: 'shardFingerprint',
  showTop: 'activateTop',
  shownProfile: 'activeProfile',
  shownUis: 'managedUis',
  spelledOut: 'normalizeArgv',
  spoilStore: 'corruptStore',
  stampOf: 'fileFingerprint',
  stampStep: 'mtimeStep',
  strays: 'unmanaged',
  straysIn: 'unmanagedIn',
  sweep: 'reconcile',
  sweepWork: 'reconcileSteps',
  takeBack: 'compensate',
  takeStepsBack: 'rollback',
  tellAdded: 'emitAdded',
  tellVolume: 'describeVolume',
  tidyViews: 'pruneStaleViews',
  toldAbove: 'isShownAbove',
  undoAct: 'undoOperation',
  viewActs: 'viewOperations',
  viewStamp: 'viewFingerprint',
  viewsBehind: 'viewsPending',
  viewsFollow: 'syncViews',
  viewsShowing: 'viewsLinking',
  waitingFolder: 'stagingFolder',
  withdrawBlob: 'unlinkBlob',
  wordValues: 'positionals',
}

/** Phrase → what is said instead. */
const PHRASES: Readonly<Record<string, string>> = {
  'a fault of the program': 'internal error',
  'are told': 'are reported',
  'as told': 'as given',
  'by somebody': 'by another program, or by the user',
  'goes out of sight': 'is no longer visible',
  'held back until': 'blocked until',
  'is no absolute path': 'is not an absolute path',
  'is no digest': 'is not a digest',
  'is no directory': 'is not a directory',
  'is no port': 'is not a port',
  'is told': 'is reported, called or notified',
  'mend it': 'fix it',
  'nothing is at this address': 'no such route',
  'of somebody': 'foreign',
  'somebody else': 'another program',
  'somebody has': 'another program has',
  "somebody's": 'foreign, or of the user',
  'stray file': 'unmanaged file',
  'synapse-troubles': 'synapse-issues',
  'taken back': 'undone',
  'tells of': 'reports',
  'tells one state': 'fingerprint',
  'tells whether': 'reports whether',
  'tests/safety/lessons': 'tests/safety/regressions',
  'that somebody': 'that the user, or another program',
  'the world has changed': 'the plan is out of date',
  'there is no such address': 'no such route',
  'told otherwise': 'by default',
  'told to': 'asked to',
  'who may knock': 'who may ask',
}

const FILES = [
  '{ARCHITECTURE,CONTRIBUTING,README}.md',
  '{sidecar,schemas,web-components,scripts,tests,docs}/**/*.{ts,md}',
]
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
  return listFiles(...FILES)
    .filter((file) => file !== OWN)
    .flatMap((file) => refusedIn(readSource(file)).map((problem) => `${file}: ${problem}`))
}
