/** Canned answers: a person with some packs, two interfaces, and what goes wrong now and then. */
import type { Answer } from '../../../schemas/endpoints.ts'
import type { ServiceDouble } from './service-double.ts'

type UiStatus = Answer<'profiles.status'>['uis'][number]
type PackSummary = Answer<'packs.list'>['items'][number]
type SwitchResult = Answer<'profiles.use'>
type UiPlan = SwitchResult['plan']['uis'][number]
type Job = Answer<'jobs.show'>

const DIGEST = 'ab'.repeat(32)
const NOW = '2026-11-21T14:00:00.000Z'

/** Returns a pack in the list. */
export function packOf(name: string, more: Partial<PackSummary> = {}): PackSummary {
  return {
    name,
    pack_type: 'unknown',
    pack_category: 'custom',
    description: null,
    base_model: null,
    tags: [],
    files: 3,
    files_here: 3,
    size_bytes: 6_512_345_678,
    active_in_uis: ['comfyui', 'forge'],
    ...more,
  }
}

/** Packs as a person has them. */
export const PACKS: readonly PackSummary[] = [
  packOf('Anime XL', { files: 5, files_here: 5, size_bytes: 12_140_000_000 }),
  packOf('Architecture', { files: 1, files_here: 1, size_bytes: 228_400_000 }),
  packOf('Flux Portraits', { files: 4, files_here: 4, size_bytes: 23_802_000_000 }),
  packOf('Ink and Watercolour studies v2.1', {
    files: 7,
    files_here: 5,
    size_bytes: 1_912_000_000,
  }),
  packOf('Juggernaut', { files: 2, files_here: 2, size_bytes: 7_105_000_000 }),
  packOf('Old experiments', { files: 9, files_here: 9, active_in_uis: [] }),
  packOf('Upscalers', { files: 6, files_here: 6, size_bytes: 402_000_000, tags: ['upscale'] }),
  packOf('Wan video', { files: 3, files_here: 3, size_bytes: 32_600_000_000 }),
]

/** Returns a thousand packs. */
export function manyPacks(count: number): PackSummary[] {
  return Array.from({ length: count }, (_, at) =>
    packOf(`Collection ${String(at + 1).padStart(4, '0')} of generated things`, {
      files: (at % 12) + 1,
      files_here: at % 17 === 0 ? at % 12 : (at % 12) + 1,
      size_bytes: (at + 1) * 13_370_001,
    }),
  )
}

/** Returns a profile in the list. */
export function profileOf(
  name: string,
  more: Partial<Answer<'profiles.list'>['items'][number]> = {},
): Answer<'profiles.list'>['items'][number] {
  const derived = /^(?:work|only)__/u.test(name)
  const uis = { active_in_uis: [], in_stack_of_uis: [] }
  return { name, packs: 3, conflicts_mode: 'last_wins', derived, ...uis, ...more }
}

/** Returns a page of profiles. */
export function pageOfProfiles(items: Answer<'profiles.list'>['items']): Answer<'profiles.list'> {
  return { total: items.length, limit: 1000, offset: 0, items }
}

/** Returns a profile with its packs. */
export function profileDetail(name: string, packs: readonly string[]): Answer<'profiles.show'> {
  const summary = profileOf(name, { packs: packs.length })
  const profile = { name, packs: packs.map((pack) => ({ name: pack })) }
  return { summary, profile, order: [...packs] }
}

/** Returns a page of packs. */
export function pageOfPacks(items: readonly PackSummary[]): Answer<'packs.list'> {
  return { total: items.length, limit: 1000, offset: 0, items: [...items] }
}

/** What an interface sees. */
function statusOf(ui: string, more: Partial<UiStatus> = {}): UiStatus {
  return {
    ui,
    stack: ['global'],
    active: 'global',
    pack: null,
    view: `views/${ui}/active`,
    links: 1204,
    shadowed: [],
    absent: [],
    foreign: [],
    health: [],
    can_go_back: false,
    ...more,
  }
}

/** Absent and shadowed models, as a status lists them. */
export const TROUBLES: Partial<UiStatus> = {
  absent: [
    {
      ui: 'comfyui',
      pack: 'Ink and Watercolour studies v2.1',
      dependency_id: 'ink',
      filename: 'ink-wash-sdxl-v2.1-fp16.safetensors',
      kind: 'lora',
      sha256: DIGEST,
      reason: 'missing',
    },
    {
      ui: 'comfyui',
      pack: 'Ink and Watercolour studies v2.1',
      dependency_id: 'vae',
      filename: 'watercolour.vae.pt',
      kind: 'vae',
      sha256: DIGEST,
      reason: 'blocked',
    },
  ],
  shadowed: [
    {
      ui: 'comfyui',
      path: 'models/loras/detail.safetensors',
      winner: { pack: 'Flux Portraits', dependency_id: 'detail', sha256: DIGEST },
      loser: { pack: 'Anime XL', dependency_id: 'detail', sha256: DIGEST },
    },
  ],
}

/** Returns the status of two interfaces, ComfyUI as given. */
export function profilesStatus(comfyui: Partial<UiStatus> = {}): Answer<'profiles.status'> {
  return {
    generated_at: NOW,
    default_ui_set: 'all',
    ui_sets: { all: ['comfyui', 'forge'] },
    uis: [statusOf('comfyui', comfyui), statusOf('forge', { links: 310 })],
  }
}

/** ComfyUI with a pack on top. */
export const ON_FLUX: Partial<UiStatus> = {
  stack: ['global', 'work__Flux Portraits'],
  active: 'work__Flux Portraits',
  pack: 'Flux Portraits',
  links: 1215,
  can_go_back: true,
}

const none = { total: 0, items: [] }

/** Returns what a switch would do: eleven models appear, two disappear. */
export function planOf(pack: string, more: Partial<UiPlan> = {}): SwitchResult['plan'] {
  const appear = [
    'models/checkpoints/flux1-dev-fp8-e4m3fn.safetensors',
    'models/loras/portraits/eyes-detailer-v3.safetensors',
    'models/loras/portraits/skin-texture-natural-flux-v1.2.safetensors',
    'models/loras/portraits/soft-window-light.safetensors',
    'models/vae/ae.safetensors',
    'models/text_encoders/clip_l.safetensors',
    'models/text_encoders/t5xxl_fp8_e4m3fn_scaled.safetensors',
    'models/controlnet/flux-union-pro-2.0.safetensors',
    'models/upscale_models/4x-foolhardy-Remacri.safetensors',
    'models/style_models/flux1-redux-dev.safetensors',
    'models/clip_vision/sigclip_vision_patch14_384.safetensors',
  ]
  return {
    action: 'use',
    profile: `work__${pack}`,
    fingerprint: 'plan-1',
    uis: [
      {
        ui: 'comfyui',
        stack_before: ['global'],
        stack_after: ['global', `work__${pack}`],
        profile_before: 'global',
        profile_after: `work__${pack}`,
        add: none,
        remove: none,
        repoint: none,
        unchanged: 1213,
        appear: { total: appear.length, items: appear },
        disappear: {
          total: 2,
          items: ['models/loras/detail.safetensors', 'models/loras/old-detail.safetensors'],
        },
        replace: none,
        shadowed: none,
        absent: none,
        foreign: none,
        ...more,
      },
    ],
  }
}

/** Returns the answer to a switch, planned or made. */
export function switchResult(plan: SwitchResult['plan'], dryRun: boolean): SwitchResult {
  return {
    dry_run: dryRun,
    plan,
    profile: plan.profile,
    uis: plan.uis.map(({ ui }) => ui),
    stacks: Object.fromEntries(plan.uis.map((ui) => [ui.ui, ui.stack_after])),
    added: 11,
    removed: 2,
    repointed: 0,
    shadowed: [],
    missing: [],
    restored_blobs: [],
    not_flipped: [],
    quarantined: [],
  }
}

/** Returns an import under way. */
export function importJob(more: Partial<Job> = {}): Job {
  return {
    schema: 'synapse.job.v1',
    id: '0199f0a0-0000-7000-8000-000000000001',
    kind: 'import.files',
    key: 'import.files {}',
    state: 'running',
    actor: 'panel',
    request: {},
    stage: 'copying',
    done: 18_300_000_000,
    total: 45_200_000_000,
    unit: 'bytes',
    rate: 412_000_000,
    eta_seconds: 65,
    created_at: NOW,
    started_at: NOW,
    ended_at: null,
    result: null,
    problem: null,
    ...more,
  }
}

/** Returns what an import would take. */
export function importPreview(
  more: Partial<Answer<'imports.preview'>> = {},
): Answer<'imports.preview'> {
  const file = (name: string, kind: string, size_bytes: number) => ({
    path: `/home/me/models/${name}`,
    name,
    kind,
    kind_from: 'folder' as const,
    size_bytes,
    blocked: name.endsWith('.pt'),
  })
  return {
    mode: 'copy',
    files: {
      total: 4,
      items: [
        file('flux1-dev-fp8-e4m3fn.safetensors', 'checkpoint', 17_200_000_000),
        file('skin-texture-natural-flux-v1.2.safetensors', 'lora', 328_000_000),
        file('ae.safetensors', 'vae', 335_304_388),
        file('watercolour.vae.pt', 'vae', 334_695_179),
      ],
    },
    skipped: {
      total: 2,
      items: [
        { path: '/home/me/models/notes.txt', reason: 'not_a_model' },
        { path: '/home/me/models/half.safetensors', reason: 'empty' },
      ],
    },
    bytes: 18_197_999_567,
    bytes_needed: 18_197_999_567,
    bytes_if_copied: 0,
    disk_free: 212_000_000_000,
    fits: true,
    notes: [],
    ...more,
  }
}

/** What an import came to: three in, one failed. */
export const IMPORT_RESULT = {
  imported: 2,
  already_there: 1,
  failed: 1,
  bytes: 17_528_000_000,
  files: [
    {
      path: '/home/me/models/ae.safetensors',
      outcome: 'failed',
      sha256: null,
      name: 'ae.safetensors',
      kind: 'vae',
      size_bytes: 335_304_388,
      how: null,
      blocked: false,
      code: 'import.source_changed',
      detail: 'The file changed while it was read',
    },
  ],
  skipped: [],
  pack: null,
}

/** Returns a store without anything to say. */
export function storeStatus(more: Partial<Answer<'store.status'>> = {}): Answer<'store.status'> {
  return {
    initialized: true,
    root: '/home/me/.synapse/store',
    version: '0.1.0',
    offline: [],
    ui: {},
    blobs: {
      total: 40,
      referenced: 40,
      orphan: 0,
      missing: 0,
      bad: 0,
      changed: 0,
      bytes_total: 84_689_745_000,
    },
    packs: PACKS.length,
    profiles: 1,
    jobs: { running: 0, queued: 0, unrecorded: 0 },
    trash: { entries: 0, bytes: 0 },
    volume: null,
    notes: [],
    ...more,
  }
}

/** Gives the double the answers of a healthy store; tests change what they need. */
export function settle(double: ServiceDouble): void {
  double.answer('health', () => ({
    status: 'ok',
    name: 'synapse',
    version: '0.1.0',
    last_event: double.lastEvent,
  }))
  double.answer('auth.login', { token: 'owner-token', scope: 'owner' })
  double.answer('auth.pairings', { total: 0, limit: 50, offset: 0, items: [] })
  double.answer('profiles.status', profilesStatus())
  double.answer('packs.list', pageOfPacks(PACKS))
  double.answer('store.status', storeStatus())
  double.answer('jobs.list', { total: 0, limit: 50, offset: 0, items: [] })
  double.answer('profiles.use', ({ body }) =>
    switchResult(planOf(String(body['pack'])), body['dry_run'] === true),
  )
}
