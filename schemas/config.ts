/** `config.json` and `ui_sets.json`, shared through git, and `machine.json`, of this machine. */
import * as v from 'valibot'
import { HostName } from './allowed-hosts.ts'
import { ProfileName, SafePart, UiName, UiSetName } from './ids.ts'
import { BUILT_IN_LAYOUTS } from './layouts.ts'
import { ConflictsMode } from './profile.ts'
import { previewFields } from './view-preview.ts'
import { AnyObject, MAX_WORDS, OutsidePath, listOf, recordOf } from './values.ts'

/** The maximum number of interfaces, and of sets of them, in one request. */
const MAX_UIS = 100

/** What an interface does when it starts. */
const Startup = v.looseObject({
  activate: v.optional(v.string(), 'last'),
  timeout_ms: v.optional(v.number(), 1500),
})

/** `state/config.json`, synapse.config.v2. */
export const Config = v.looseObject({
  schema: v.optional(v.string(), 'synapse.config.v2'),
  defaults: v.optional(
    v.looseObject({
      ui_set: v.optional(v.string(), 'local'),
      conflicts_mode: v.optional(v.fallback(ConflictsMode, 'last_wins'), 'last_wins'),
      active_profile: v.optional(v.string(), 'global'),
      use_base: v.optional(v.string(), 'global'),
    }),
    {},
  ),
  ui: v.optional(
    v.looseObject({
      known: v.optional(v.array(v.string()), Object.keys(BUILT_IN_LAYOUTS)),
      kind_map: v.optional(v.record(v.string(), v.record(v.string(), v.unknown())), {}),
    }),
    {},
  ),
  providers: v.optional(AnyObject, {}),
  base_model_aliases: v.optional(AnyObject, {}),
  startup: v.optional(v.record(v.string(), Startup), {}),
  trash: v.optional(v.looseObject({ days: v.optional(v.number(), 7) }), {}),
})
export type Config = v.InferOutput<typeof Config>

/** `state/ui_sets.json`, synapse.ui_sets.v1. */
export const UiSets = v.looseObject({
  schema: v.optional(v.string(), 'synapse.ui_sets.v1'),
  sets: v.optional(v.record(v.string(), v.array(v.string())), {}),
})
export type UiSets = v.InferOutput<typeof UiSets>

/** `data/machine.json`, synapse.machine.v1: settings that make sense on this machine only. */
export const Machine = v.looseObject({
  schema: v.optional(v.string(), 'synapse.machine.v1'),
  /** Folders from which paired browsers may import. */
  import_roots: v.optional(v.array(v.string()), []),
  /** Locations besides the store: {@link LocationEntry}; others of a later version stay. */
  locations: v.optional(v.array(v.unknown()), []),
  /** How links are made on this volume; `auto` follows what the probe found. */
  link_kind: v.optional(v.picklist(['auto', 'symlink', 'hard_link']), 'auto'),
  security: v.optional(
    v.looseObject({
      /** Further names by which the service is reached; {@link HostName}. */
      hosts: v.optional(v.array(v.string()), []),
    }),
    { hosts: [] },
  ),
})
export type Machine = v.InferOutput<typeof Machine>

/** `state/approvals.json`, synapse.approvals.v1: pickle files that a person trusts, by digest. */
export const Approvals = v.looseObject({
  schema: v.optional(v.string(), 'synapse.approvals.v1'),
  approved: v.optional(v.array(v.looseObject({ sha256: v.string(), at: v.string() })), []),
})
export type Approvals = v.InferOutput<typeof Approvals>

/** Body of `PUT /api/store/config`: named settings change, the others are kept. */
export const ConfigEdit = v.strictObject({
  defaults: v.optional(
    v.strictObject({
      ui_set: v.optional(UiSetName),
      conflicts_mode: v.optional(ConflictsMode),
      use_base: v.optional(ProfileName),
    }),
  ),
  startup: v.optional(
    recordOf(
      UiName,
      v.strictObject({
        activate: v.optional(ProfileName),
        timeout_ms: v.optional(v.pipe(v.number(), v.integer(), v.minValue(50), v.maxValue(30_000))),
      }),
      MAX_UIS,
    ),
  ),
  trash: v.optional(
    v.strictObject({ days: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(3650)) }),
  ),
  /** Adds an interface of the user's, or corrects folders of a known one; null removes a kind. */
  kind_map: v.optional(
    recordOf(
      UiName,
      recordOf(
        v.pipe(v.string(), v.regex(/^[a-z][a-z0-9_]{0,63}$/u)),
        v.nullable(v.pipe(v.string(), v.maxLength(1024))),
        MAX_WORDS,
      ),
      MAX_UIS,
    ),
  ),
  ui_sets: v.optional(recordOf(SafePart, v.nullable(listOf(UiName, MAX_UIS)), MAX_UIS)),
  import_roots: v.optional(listOf(OutsidePath, MAX_WORDS)),
  link_kind: v.optional(v.picklist(['auto', 'symlink', 'hard_link'])),
  /** All further names by which the service is reached; an empty list takes them away. */
  security: v.optional(v.strictObject({ hosts: v.optional(listOf(HostName, MAX_UIS)) })),
})
export type ConfigEdit = v.InferOutput<typeof ConfigEdit>

/** Answer of `GET /api/store/config`. */
export const ConfigAnswer = v.object({ config: Config, ui_sets: UiSets, machine: Machine })
export type ConfigAnswer = v.InferOutput<typeof ConfigAnswer>

/** The settings after a change or, in a dry run, as they would be. */
export const ConfigChange = v.object({ ...previewFields, ...ConfigAnswer.entries })
export type ConfigChange = v.InferOutput<typeof ConfigChange>
