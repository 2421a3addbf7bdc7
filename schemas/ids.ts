/** Names that become paths, and digests: checked here and nowhere else. */
import * as v from 'valibot'
import { dropInvisible, isVisible } from './visible-names.ts'

const encoder = new TextEncoder()
const MAX_BYTES = 255

// oxlint and eslint alike: control characters are the point of these patterns.
// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/u
const NTFS_RESERVED = /[<>:"|?*]/u
const DEVICE_NAME = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/iu
/** UTF-8 needs no more for one unit of UTF-16. */
const MAX_UNIT_BYTES = 3

/**
 * Returns what forbids `name` as one part of a path that exists already, or null where nothing
 * does: no separator, no `.` or `..`, no NUL or control character, at most 255 bytes.
 */
export function unsafePartReason(name: string): string | null {
  if (name === '') return 'is empty'
  if (name === '.' || name === '..') return 'points to a folder itself'
  if (name.includes('/') || name.includes('\\')) return 'contains a path separator'
  if (CONTROL.test(name)) return 'contains a control character'
  if (!name.isWellFormed()) return 'is not valid Unicode'
  const mayBeLong = name.length * MAX_UNIT_BYTES > MAX_BYTES
  if (mayBeLong && encoder.encode(name).length > MAX_BYTES) {
    return `is longer than ${String(MAX_BYTES)} bytes`
  }
  return null
}

/**
 * Returns what forbids `name` as a name that we create, or null where nothing does: a safe part
 * which every file system takes as it is (no NTFS-reserved character or device name, no leading
 * dot, no trailing dot or space, Unicode NFC), with something in it that can be seen.
 */
export function unportableReason(name: string): string | null {
  const unsafe = unsafePartReason(name)
  if (unsafe !== null) return unsafe
  if (name.startsWith('.')) return 'begins with a dot'
  if (name.endsWith('.') || name.endsWith(' ')) return 'ends with a dot or a space'
  if (NTFS_RESERVED.test(name)) return 'contains one of < > : " | ? *'
  if (DEVICE_NAME.test(name)) return 'is a device name on Windows'
  if (name.normalize('NFC') !== name) return 'is not in Unicode NFC'
  if (!isVisible(name)) return 'has no visible character'
  return null
}

/** Fixed words in routes beside a name; a pack or profile of ours never has one as its name. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  '-',
  'activate',
  'back',
  'from-workflow',
  'import',
  'preview',
  'reset',
  'restore',
  'startup',
  'status',
  'sync',
  'use',
])

/** What JSON Schema can say of one part of a path; the rest is checked all the same. */
const PART_FORM = {
  minLength: 1,
  maxLength: MAX_BYTES,
  pattern: '^[^\\u0000-\\u001f\\u007f-\\u009f\\/\\\\]+$',
}
const PART = v.metadata<string, typeof PART_FORM>(PART_FORM)

const safePart = v.pipe(
  v.string(),
  PART,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const reason = unsafePartReason(dataset.value)
    if (reason !== null) addIssue({ message: `The name ${reason}` })
  }),
)

const portableName = v.pipe(
  v.string(),
  PART,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const reason = unportableReason(dataset.value)
    if (reason !== null) addIssue({ message: `The name ${reason}` })
  }),
)

/** The prefixes of profiles that `use` derives from a pack. */
export const DERIVED_PREFIXES = ['work__', 'only__'] as const

/** Signs that are not seen and make a name read as another one. */
const TURNS_TEXT = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u

function newNameReason(name: string): string | null {
  if (RESERVED_NAMES.has(name.toLowerCase())) return 'is a reserved word'
  if (TURNS_TEXT.test(name)) return 'contains a sign that turns the direction of text'
  if (encoder.encode(`work__${name}`).length > MAX_BYTES) return 'is too long'
  if (DERIVED_PREFIXES.some((prefix) => name.startsWith(prefix))) {
    return 'begins like a derived profile'
  }
  return null
}

const newName = v.pipe(
  portableName,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const reason = newNameReason(dataset.value)
    if (reason !== null) addIssue({ message: `The name ${reason}` })
  }),
)

/** SHA-256 of a blob: 64 lower-case hexadecimal digits. */
export const Sha256 = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{64}$/u, 'Not a SHA-256 digest'),
  v.brand('Sha256'),
)
export type Sha256 = v.InferOutput<typeof Sha256>

/** One part of a path that exists already. */
export const SafePart = v.pipe(safePart, v.brand('SafePart'))
export type SafePart = v.InferOutput<typeof SafePart>

/** One part of a path that we create: good on every file system. */
export const PortableName = v.pipe(portableName, v.brand('SafePart'), v.brand('PortableName'))
export type PortableName = v.InferOutput<typeof PortableName>

/** Name of a pack that exists. */
export const PackName = v.pipe(safePart, v.brand('SafePart'), v.brand('PackName'))
export type PackName = v.InferOutput<typeof PackName>

/** Name of a pack to be created: portable and no reserved word. */
export const NewPackName = v.pipe(newName, v.brand('SafePart'), v.brand('PackName'))

/** Name of a profile that exists. */
export const ProfileName = v.pipe(safePart, v.brand('SafePart'), v.brand('ProfileName'))
export type ProfileName = v.InferOutput<typeof ProfileName>

/** Name of a profile to be created: portable, no reserved word, not like that of a derived one. */
export const NewProfileName = v.pipe(newName, v.brand('SafePart'), v.brand('ProfileName'))

/** The profile at the bottom of every stack. */
export const GLOBAL = 'global' as ProfileName

/** Name of an interface: `comfyui`, `forge`, `a1111`, `sdnext` or one of the user's. */
export const UiName = v.pipe(safePart, v.brand('SafePart'), v.brand('UiName'))
export type UiName = v.InferOutput<typeof UiName>

/** Name of a set of interfaces, or of one interface. */
export const UiSetName = v.pipe(safePart, v.brand('UiSetName'))
export type UiSetName = v.InferOutput<typeof UiSetName>

/** Most parts of a path below some folder. */
const DEEPEST = 64

/**
 * A path below some folder, of safe parts joined by `/`: never absolute, never leading out.
 */
export const RelativePath = v.pipe(
  v.string(),
  v.maxLength(4096),
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const parts = dataset.value.split('/')
    if (parts.length > DEEPEST) {
      return addIssue({ message: `The path is more than ${String(DEEPEST)} folders deep` })
    }
    for (const part of parts) {
      const reason = unsafePartReason(part)
      if (reason !== null) return addIssue({ message: `A part of the path ${reason}` })
    }
  }),
  v.brand('RelativePath'),
)
export type RelativePath = v.InferOutput<typeof RelativePath>

/** A path below some folder that we create: portable names joined by `/`. */
export const PortablePath = v.pipe(
  RelativePath,
  v.rawCheck(({ dataset, addIssue }) => {
    if (!dataset.typed) return
    const reason = dataset.value
      .split('/')
      .map(unportableReason)
      .find((one) => one !== null)
    if (reason !== undefined) addIssue({ message: `A part of the path ${reason}` })
  }),
)

/** A UUIDv7: of a journal entry, a job, a trash entry. */
export const Uuid = v.pipe(
  v.string(),
  v.regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/u, 'Not an id'),
  v.brand('Uuid'),
)
export type Uuid = v.InferOutput<typeof Uuid>

/** Names a file of a location for ever, with or without a digest: `file:<uuid>`. */
export const FileItemId = v.pipe(
  v.string(),
  v.regex(/^file:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/u, 'Not the id of a file'),
  v.brand('FileItemId'),
)
export type FileItemId = v.InferOutput<typeof FileItemId>

/** Names a row of the inventory: a digest, or a file that has none yet. */
export const ItemId = v.union([Sha256, FileItemId], 'Neither a SHA-256 nor the id of a file')
export type ItemId = v.InferOutput<typeof ItemId>

const FILE_PREFIX = 'file:'

/** Returns the id under which the inventory lists a file of a location. */
export function fileItemId(file: Uuid): FileItemId {
  return `${FILE_PREFIX}${file}` as FileItemId
}

/** Returns the file that an id of the inventory names; null where it is a digest. */
export function fileOfItem(id: ItemId): Uuid | null {
  return id.startsWith(FILE_PREFIX) ? (id.slice(FILE_PREFIX.length) as Uuid) : null
}

/** Takes `value` as `schema` says; throws valibot's error where it does not fit. */
export function brand<T extends v.GenericSchema>(schema: T, value: unknown): v.InferOutput<T> {
  return v.parse(schema, value)
}

/** Reports whether a value is a SHA-256 digest in the store's form. */
export function isSha256(value: unknown): value is Sha256 {
  return v.is(Sha256, value)
}

const REPLACED = /[\u0000-\u001f\u007f-\u009f<>:"|?*/\\]|\p{Surrogate}/gu // eslint-disable-line no-control-regex

/**
 * Returns the nearest name to `text` that every file system accepts; the extension is kept.
 * Invisible characters without a visible effect are removed.
 */
export function toPortableName(text: string): string {
  const seen = dropInvisible(text).normalize('NFC')
  const hasStem = isVisible(seen) && (!seen.startsWith('.') || text.startsWith('.'))
  const cleaned = (hasStem ? seen : `unnamed${seen.trim()}`)
    .replaceAll(REPLACED, '_')
    .replace(/^\.+/u, '_')
    .replace(/[. ]+$/u, '')
  const named = !isVisible(cleaned)
    ? 'unnamed'
    : DEVICE_NAME.test(cleaned)
      ? `_${cleaned}`
      : cleaned
  const dot = named.lastIndexOf('.')
  const ending = dot > 0 && named.length - dot <= 16 ? named.slice(dot) : ''
  let stem = named.slice(0, named.length - ending.length)
  while (encoder.encode(stem + ending).length > MAX_BYTES) stem = stem.slice(0, -1)
  return stem.replace(/\p{Surrogate}$/u, '') + ending
}

/** Returns the nearest path to `text`, with parts joined by `/`, that every file system accepts. */
export function toPortablePath(text: string): RelativePath {
  const parts = text.split('/').filter((part) => part !== '')
  return parts.map(toPortableName).join('/') as RelativePath
}
