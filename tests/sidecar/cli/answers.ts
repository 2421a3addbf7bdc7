/** One plausible answer for each endpoint that the command asks. */
import { QUARANTINED } from './quarantined.ts'
import type { Answer, EndpointId } from '../../../schemas/endpoints.ts'

export const SHA = '3f2a9c0d11ee'.padEnd(64, '0')
export const OTHER_SHA = '77ab01c2d3e4'.padEnd(64, '1')
export const ID = '01936f2e-7a10-7000-8000-9c1f00aa31de'
const AT = '2026-11-21T14:00:00.000Z'

const page = { limit: 50, offset: 0 }

export const item = {
  id: SHA,
  sha256: SHA,
  kind: 'lora',
  display_name: 'a-very-long-name-of-a-film-grain-lora-that-nobody-can-read-v12.safetensors',
  name_source: 'pack' as const,
  other_names: [],
  size_bytes: 6_800_000_000,
  status: 'referenced' as const,
  where: 'local_only' as const,
  copies: [],
  used_by_packs: ['Portraits', 'Film looks'],
  ref_count: 2,
  active_in_uis: ['comfyui'],
  origin: null,
  verified: null,
  integrity: 'unverified' as const,
  blocked: false,
  created_at: AT,
}

const impacts = {
  sha256: SHA,
  status: 'referenced' as const,
  size_bytes: 6_800_000_000,
  used_by_packs: [{ name: 'Portraits', dependency_id: 'grain', is_active: true }],
  active_in_uis: ['comfyui'],
  workflows: [],
  remaining_copies: [],
  can_download_again: false,
  can_delete_safely: false,
}

export function job(changes: Partial<Answer<'jobs.show'>> = {}): Answer<'jobs.show'> {
  return {
    id: ID,
    kind: 'store.verify',
    key: 'k',
    state: 'succeeded',
    priority: 'interactive',
    actor: 'command',
    request: {},
    stage: 'reading',
    done: 10,
    total: 10,
    unit: 'files',
    rate: null,
    eta_seconds: null,
    created_at: AT,
    started_at: AT,
    ended_at: AT,
    result: null,
    problem: null,
    ...changes,
  }
}

export const group = <T>(...items: T[]) => ({ total: items.length, items })

export function switchResult(dryRun = false): Answer<'profiles.use'> {
  return {
    dry_run: dryRun,
    plan: {
      action: 'use',
      profile: 'work__Portraits',
      fingerprint: 'f1',
      uis: [
        {
          ui: 'comfyui',
          stack_before: ['global'],
          stack_after: ['global', 'work__Portraits'],
          profile_before: 'global',
          profile_after: 'work__Portraits',
          add: group(),
          remove: group(),
          repoint: group(),
          unchanged: 3,
          appear: group('models/loras/film-grain.safetensors'),
          disappear: group('models/loras/old.safetensors'),
          replace: group('models/loras/same-name.safetensors'),
          shadowed: group({
            ui: 'comfyui',
            path: 'models/vae/x.safetensors',
            winner: { pack: 'Portraits', dependency_id: 'a', sha256: SHA },
            loser: { pack: 'Base', dependency_id: 'b', sha256: OTHER_SHA },
          }),
          absent: group({
            ui: 'comfyui',
            pack: 'Portraits',
            dependency_id: 'c',
            filename: 'c.ckpt',
            kind: 'checkpoint',
            sha256: OTHER_SHA,
            reason: 'blocked',
          }),
          foreign: group({
            path: 'models/loras/mine.safetensors',
            size_bytes: 2000,
            in_the_way: true,
          }),
        },
      ],
    },
    profile: 'work__Portraits',
    uis: ['comfyui'],
    stacks: { comfyui: ['global', 'work__Portraits'] },
    added: 1,
    removed: 1,
    repointed: 0,
    shadowed: [],
    missing: [],
    restored_blobs: [],
    not_flipped: [],
    quarantined: dryRun ? [] : ['models/loras/mine.safetensors'],
  }
}

const globalProfile = {
  name: 'global',
  packs: 1,
  conflicts_mode: 'last_wins',
  derived: false,
  active_in_uis: ['comfyui'],
  in_stack_of_uis: ['comfyui'],
}
const profileDetail = {
  summary: globalProfile,
  profile: { name: 'global', packs: [{ name: 'Portraits' }] },
  order: ['Faces', 'Portraits'],
}

const packDetail: Answer<'packs.show'> = {
  summary: {
    name: 'Portraits',
    pack_type: 'unknown',
    pack_category: 'custom',
    description: 'Faces',
    base_model: 'SDXL',
    tags: ['people'],
    files: 1,
    files_here: 1,
    size_bytes: 144_000_000,
    active_in_uis: ['comfyui'],
  },
  pack: { name: 'Portraits' },
  lock: null,
  files: [
    {
      dependency_id: 'film-grain',
      kind: 'lora',
      filename: 'film-grain.safetensors',
      subfolder: null,
      required: true,
      sha256: SHA,
      size_bytes: 144_000_000,
      state: 'here',
    },
  ],
  profiles: ['global'],
}

const config: Answer<'store.config'> = {
  config: { trash: { days: 7 } },
  ui_sets: { sets: { local: ['comfyui'] } },
  machine: {},
}

const approval = { dry_run: false, sha256: SHA, approved: true, changed: true }

const installed: Answer<'comfyui.install'> = {
  dry_run: false,
  comfyui: '/ComfyUI',
  target: '/ComfyUI/custom_nodes/synapse',
  how: 'link',
  next: 'Restart ComfyUI.',
}

const summary: Answer<'inventory.summary'> = {
  generated_at: AT,
  blobs_total: 2,
  blobs_referenced: 1,
  blobs_orphan: 1,
  blobs_missing: 0,
  blobs_backup_only: 0,
  blobs_library: 0,
  blobs_bad: 0,
  blobs_changed: 0,
  blobs_unverified: 1,
  files_unhashed: 0,
  bytes_total: 6_800_000_000,
  bytes_referenced: 6_000_000_000,
  bytes_orphan: 800_000_000,
  bytes_library: 0,
  bytes_unhashed: 0,
  bytes_by_kind: { lora: 6_800_000_000 },
  disk_total: 1_000_000_000_000,
  disk_free: 500_000_000_000,
  trash_bytes: 0,
}

export const deletion: Answer<'inventory.delete'> = {
  dry_run: true,
  sha256: SHA,
  deleted_from: ['local'],
  bytes_freed: 0,
  bytes_moved_to_trash: 6_800_000_000,
  remaining_on: [],
  impacts,
}

export const cleanup: Answer<'inventory.cleanup'> = {
  dry_run: true,
  orphans_found: 12,
  orphans_deleted: 0,
  bytes_freed: 6_800_000_000,
  bytes_moved_to_trash: 0,
  deleted: Array.from({ length: 12 }, (_, at) => ({
    sha256: SHA,
    display_name: `orphan-${String(at)}.safetensors`,
    kind: 'lora',
    size_bytes: 500_000_000,
  })),
  only_copies: [],
  errors: [],
}

const status: Answer<'store.status'> = {
  initialized: true,
  root: '/models',
  offline: [],
  version: '0.1.0',
  ui: {},
  blobs: {
    total: 2,
    referenced: 1,
    orphan: 1,
    missing: 0,
    bad: 0,
    changed: 0,
    bytes_total: 6_800_000_000,
  },
  packs: 1,
  profiles: 2,
  jobs: { running: 0, queued: 0 },
  trash: { entries: 0, bytes: 0 },
  volume: null,
  notes: [],
}

const preview: Answer<'imports.preview'> = {
  mode: 'copy',
  files: group({
    path: '/old/models/lora/a.safetensors',
    name: 'a.safetensors',
    kind: 'lora',
    kind_from: 'folder',
    size_bytes: 1000,
    blocked: false,
  }),
  skipped: group({ path: '/old/models/readme.md', reason: 'not_a_model' }),
  bytes: 1000,
  bytes_needed: 1000,
  bytes_if_copied: 0,
  disk_free: 5000,
  fits: true,
  notes: [],
}

export const importResult = {
  imported: 1,
  already_there: 0,
  failed: 0,
  bytes: 1000,
  files: [
    {
      path: '/a.ckpt',
      outcome: 'imported',
      sha256: SHA,
      name: 'a.ckpt',
      kind: 'checkpoint',
      size_bytes: 1000,
      how: 'copied',
      blocked: true,
    },
  ],
  skipped: [],
  pack: 'Portraits',
}

const journal: Answer<'journal.list'> = {
  ...page,
  ...group({
    id: ID,
    group: null,
    parts: 1,
    op: 'profile.use',
    at: AT,
    ended_at: AT,
    actor: 'command',
    state: 'done' as const,
    summary: 'Used the pack Portraits in comfyui',
    undoable: true,
    before: {},
    after: {},
  }),
}

const trash: Answer<'trash.list'> = {
  ...page,
  ...group({
    id: '01936f2e-7a10-7000-8000-71d0aa52c3be',
    sha256: SHA,
    display_name: 'old.safetensors',
    size_bytes: 1000,
    deleted_at: AT,
    expires_at: AT,
    bad: false,
  }),
}

const sessions: Answer<'auth.sessions'> = {
  ...page,
  ...group({
    id: ID,
    label: 'Firefox',
    scope: 'panel',
    via: 'direct',
    origin: 'http://127.0.0.1:8377',
    user_agent: 'Mozilla/5.0',
    created_at: AT,
    last_used: null,
  }),
}

const doctorReport = { healthy: true, findings: [], checks: [] }

/** Results by kind of job; every started job has ended by the time it is answered. */
export const ANSWERS: { readonly [K in EndpointId]?: Answer<K> } = {
  'store.init': { dry_run: false, root: '/models', created: ['state'], already_there: false },
  'store.status': status,
  'store.config': config,
  'store.config_edit': { dry_run: false, ...config },
  'store.doctor': job({ kind: 'store.doctor', result: doctorReport }),
  'store.clean': {
    dry_run: false,
    removed: [],
    kept: 0,
    bytes_freed: 0,
    trash_expired: 0,
    notes: [],
  },
  'inventory.list': {
    generated_at: AT,
    ...page,
    total: 60,
    items: [
      item,
      { ...item, id: OTHER_SHA, sha256: OTHER_SHA, status: 'orphan', size_bytes: null },
    ],
  },
  'inventory.facets': {
    generated_at: AT,
    kind: [
      { value: 'lora', count: 2, bytes: 2000 },
      { value: 'vae', count: 1, bytes: 1000 },
    ],
    status: [{ value: 'referenced', count: 3, bytes: 3000 }],
    ...{ where: [], integrity: [], location: [], pack: [], hashed: [] },
  },
  'inventory.summary': summary,
  'inventory.show': { item, impacts, file_info: null, history: [] },
  'inventory.impact': impacts,
  'inventory.delete': deletion,
  'inventory.cleanup': cleanup,
  'inventory.verify': job({
    result: {
      verified: 1,
      valid: [SHA],
      invalid: [],
      missing: [],
      bytes_verified: 1000,
      errors: [],
      duration_ms: 3,
    },
  }),
  'inventory.migrate_manifests': job({
    result: {
      dry_run: false,
      scanned: 1,
      created: 1,
      already_there: 0,
      without_name: 0,
      errors: [],
    },
  }),
  'inventory.approve': approval,
  'inventory.revoke': approval,
  'packs.list': { ...page, ...group(packDetail.summary) },
  'packs.create': { dry_run: false, ...packDetail },
  'packs.show': packDetail,
  'packs.edit': { dry_run: false, ...packDetail },
  'packs.restore': {
    dry_run: false,
    pack: 'Portraits',
    written: [],
    unchanged: [],
    files_here: 1,
    missing: [],
  },
  'packs.delete': {
    dry_run: true,
    pack: 'Portraits',
    removed_from_profiles: ['global'],
    goes_back_in_uis: [],
    removed_profiles: [],
    becomes_orphan: [],
  },
  'packs.resolve': {
    dry_run: false,
    pack: 'Portraits',
    lock: { pack: 'P' },
    resolved: 1,
    unresolved: [],
    changed: true,
  },
  'packs.export': {
    schema: 'synapse.pack_export.v1',
    exported_at: AT,
    name: 'Portraits',
    files: [{ path: 'pack.json', encoding: 'utf8', content: '{}\n' }],
  },
  'profiles.list': {
    ...page,
    ...group(globalProfile),
  },
  'profiles.show': profileDetail,
  'profiles.create': { dry_run: false, ...profileDetail },
  'profiles.edit': { dry_run: false, ...profileDetail },
  'profiles.delete': { dry_run: true, profile: 'client', goes_back_in_uis: ['comfyui'] },
  'profiles.status': {
    generated_at: AT,
    default_ui_set: 'local',
    ui_sets: { local: ['comfyui'] },
    uis: [],
  },
  'profiles.use': switchResult(),
  'profiles.back': switchResult(),
  'profiles.reset': switchResult(),
  'profiles.sync': switchResult(),
  'profiles.activate': switchResult(),
  'imports.preview': preview,
  'imports.start': job({ kind: 'import.files', result: importResult }),
  'jobs.list': { ...page, ...group(job()) },
  'jobs.show': job(),
  'jobs.items': {
    ...page,
    total: 1,
    list: 'files',
    items: [{ path: '/models/a.safetensors', outcome: 'failed' }],
  },
  'jobs.cancel': job({ state: 'cancelled' }),
  'jobs.pause': job({ state: 'paused' }),
  'jobs.resume': job({ state: 'queued' }),
  'jobs.idle': { paused: true },
  'journal.list': journal,
  'journal.show': {
    entry: {
      id: ID,
      group: ID,
      parts: 53,
      op: 'blob.import',
      at: AT,
      ended_at: null,
      actor: 'command',
      state: 'done',
      summary: 'Imported 50 models, pack Portraits',
      undoable: true,
      before: {},
      after: {},
    },
    parts: { ...page, total: 53, items: journal.items },
  },
  'journal.undo': {
    dry_run: false,
    undone: ID,
    op: 'profile.use',
    journal_id: ID,
    message: 'Undone.',
  },
  'trash.list': trash,
  'trash.restore': {
    dry_run: false,
    id: ID,
    sha256: SHA,
    display_name: 'old.safetensors',
    size_bytes: 1000,
  },
  'quarantine.list': {
    ...page,
    ...group(QUARANTINED),
  },
  'quarantine.restore': { dry_run: false, id: ID, path: 'data/views/comfyui/x' },
  'quarantine.discard': { dry_run: false, id: ID, files: 1, size_bytes: 1000 },
  'trash.empty': { removed: 1, bytes_freed: 1000 },
  'trash.remove': { removed: 1, bytes_freed: 1000 },
  'auth.pairings': { ...page, total: 0, items: [] },
  'auth.approve': { done: true },
  'auth.sessions': sessions,
  'auth.session_revoke': { done: true },
  'comfyui.install': installed,
  'comfyui.uninstall': { ...installed, how: 'removed' },
}
