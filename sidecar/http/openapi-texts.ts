/** Descriptions and examples of the OpenAPI document that the table of endpoints does not hold. */
import type { EndpointId } from '../../schemas/endpoints.ts'

/** What each group of operations is about. */
const TAGS: Readonly<Record<string, string>> = {
  health: 'Whether the service is running.',
  store: 'The store as a whole: status, settings, checks and cleaning.',
  comfyui: 'The extension in a ComfyUI.',
  inventory: 'Model files: what is here, what refers to it, verification and deletion.',
  packs: 'Packs: named lists of model files.',
  profiles: 'Profiles, and which of them each interface shows.',
  imports: 'Importing files and folders into the store.',
  jobs: 'Work that takes longer than a request.',
  journal: 'What was done, and undoing it.',
  trash: 'Deleted model files.',
  quarantine: 'Files that were in the place of a link.',
  auth: 'Pairing of browsers, login and sessions.',
  events: 'Live events.',
}

/** Returns the description of a group, with a default. */
export const tagText = (tag: string): string => TAGS[tag] ?? `Requests about ${tag}.`

const PARAMETERS: Readonly<Record<string, string>> = {
  name: 'Name of the pack or profile.',
  sha256: 'SHA-256 of the model file, 64 lower-case hexadecimal digits.',
  id: 'Id, as in the list.',
  limit: 'Maximum number of items.',
  offset: 'How many items to skip.',
  search: 'Words that must all match.',
  dry_run: 'Reports what would happen and changes nothing.',
  kind: 'Only models of this kind.',
  status: 'Only models of this status.',
  where: 'Only models whose copies are there.',
  location: 'Only models that have a copy at this location.',
  pack: 'Only models that this pack names.',
  sort_by: 'Order of the items.',
  include_verification: 'Adds the result of the last verification.',
  state: 'Only items in this state.',
  op: 'Only operations of this name.',
  list: 'Which of the lists of the result.',
  target: 'Which copies to delete.',
  force: 'Also where packs refer to the model.',
  confirm_impacts: 'Confirms that the impacts were read.',
  confirm_last_copy: 'The digest, to confirm that the last copy is deleted.',
}

/** Returns what a parameter means. */
export const parameterText = (name: string): string =>
  PARAMETERS[name] ?? `The ${name.replaceAll('_', ' ')} that is asked for.`

/** A valid example value for each path parameter. */
export const PARAMETER_EXAMPLES: Readonly<Record<string, string>> = {
  name: 'Portraits',
  sha256: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
}

const SHA256 = PARAMETER_EXAMPLES['sha256'] ?? ''

/** A valid example body of a request. */
export const BODY_EXAMPLES: Readonly<Partial<Record<EndpointId, object>>> = {
  'store.config_edit': { trash: { days: 14 }, security: { hosts: ['nas.local'] }, dry_run: true },
  'store.doctor': { verify_blobs: true },
  'comfyui.install': { path: '/home/me/ComfyUI', dry_run: true },
  'comfyui.uninstall': { path: '/home/me/ComfyUI' },
  'inventory.cleanup': { dry_run: true },
  'inventory.verify': { sha256: [SHA256] },
  'packs.create': {
    name: 'Portraits',
    dependencies: [{ sha256: SHA256, kind: 'lora', filename: 'soft-light.safetensors' }],
  },
  'packs.edit': { description: 'Faces in soft light', tags: ['portrait'], remove: [] },
  'packs.restore': {
    schema: 'synapse.pack_export.v1',
    exported_at: '2026-01-02T03:04:05.000Z',
    name: 'Portraits',
    files: [
      {
        path: 'pack.json',
        encoding: 'utf8',
        content: '{"schema":"synapse.pack.v2","name":"Portraits"}',
      },
    ],
  },
  'profiles.create': { name: 'client', packs: ['Portraits'], conflicts_mode: 'last_wins' },
  'profiles.edit': { move: { pack: 'Portraits', to: 'last' }, dry_run: true },
  'profiles.use': { pack: 'Portraits', dry_run: true },
  'profiles.activate': { profile: 'global' },
  'profiles.sync': { profile: 'global' },
  'profiles.startup': { ui: 'comfyui' },
  'imports.preview': { paths: ['/models/loras'] },
  'imports.start': { paths: ['/models/loras/a.safetensors'], mode: 'copy', pack: 'Portraits' },
  'auth.pair': { label: 'Firefox on the laptop' },
  'auth.pair_state': { secret: 'as the pairing answered it' },
  'auth.approve': { code: 'K7WM2QXA' },
  'auth.login': { code: 'as the printed link has it' },
}

const ACCESS_TEXTS = {
  open: 'Needs no token.',
  token: 'For any token.',
  owner: 'For the owner only.',
} as const

/** Returns who may ask, as a sentence. */
export const accessText = (access: keyof typeof ACCESS_TEXTS): string => ACCESS_TEXTS[access]
