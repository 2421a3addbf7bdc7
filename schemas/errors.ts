/** The one table of errors: what each code means to HTTP, to a shell and to a person. */

interface ErrorRow {
  /** HTTP status of the answer. */
  readonly status: number
  /** Exit code of the command. */
  readonly exit: number
  /** What the code means, the same for every occurrence. */
  readonly title: string
}

const ROWS = {
  'input.invalid': { status: 400, exit: 2, title: 'The request does not have the right form' },
  'input.malformed': { status: 400, exit: 2, title: 'The request is not valid JSON' },
  'input.too_large': { status: 413, exit: 2, title: 'The request is too large' },
  'input.unsupported_type': { status: 415, exit: 2, title: 'Only JSON bodies are accepted' },
  'request.malformed': { status: 400, exit: 2, title: 'The request is not valid HTTP' },
  'request.timeout': { status: 408, exit: 7, title: 'The request took too long to arrive' },
  'request.headers_too_large': { status: 431, exit: 2, title: 'The headers are too large' },
  'route.not_found': { status: 404, exit: 4, title: 'No such route' },
  'route.method_not_allowed': {
    status: 405,
    exit: 2,
    title: 'The route does not allow this method',
  },

  'auth.required': { status: 401, exit: 9, title: 'A token is needed' },
  'auth.forbidden': { status: 403, exit: 9, title: 'Not allowed' },
  'auth.path_not_allowed': {
    status: 403,
    exit: 9,
    title: 'The path is outside the allowed folders',
  },
  'pairing.not_found': { status: 404, exit: 4, title: 'No such pairing, or it has expired' },
  'session.not_found': { status: 404, exit: 4, title: 'No such session' },

  'store.not_initialized': { status: 409, exit: 3, title: 'There is no store yet' },
  'store.newer_format': { status: 409, exit: 3, title: 'The store was written by a newer version' },
  'store.document_broken': { status: 409, exit: 3, title: 'A file of the store cannot be read' },
  'store.locked': { status: 423, exit: 5, title: 'The store is in use' },
  'store.network_lock': { status: 409, exit: 3, title: 'The store is on a network file system' },
  'store.split_roots': {
    status: 409,
    exit: 3,
    title: 'Separate state and data roots are not supported',
  },
  'store.offline': { status: 503, exit: 7, title: 'A part of the store is not connected' },
  'store.absent': { status: 409, exit: 3, title: 'The store is missing from its folder' },
  'store.root_unusable': { status: 409, exit: 3, title: 'The folder cannot hold a store' },

  'service.already_running': {
    status: 409,
    exit: 3,
    title: 'A service is already running on this store',
  },
  'service.port_taken': { status: 409, exit: 3, title: 'The port is taken' },
  'service.busy': { status: 503, exit: 5, title: 'The service has too much to do right now' },
  'service.not_running': { status: 503, exit: 7, title: 'The service is not running' },
  'service.foreign_answer': { status: 502, exit: 7, title: 'Another server answered' },

  'pack.not_found': { status: 404, exit: 4, title: 'No such pack' },
  'pack.name_taken': { status: 409, exit: 3, title: 'A pack with this name already exists' },
  'pack.cycle': { status: 409, exit: 3, title: 'Packs depend on each other in a cycle' },
  'profile.not_found': { status: 404, exit: 4, title: 'No such profile' },
  'profile.name_taken': { status: 409, exit: 3, title: 'A profile of this name already exists' },
  'profile.protected': { status: 409, exit: 3, title: 'This profile cannot be changed like this' },
  'profile.stack_empty': { status: 409, exit: 3, title: 'There is nothing to go back to' },
  'profile.conflict': { status: 409, exit: 3, title: 'Two packs want the same path' },
  'ui.not_found': { status: 404, exit: 4, title: 'No such interface' },
  'ui_set.not_found': { status: 404, exit: 4, title: 'No such set of interfaces' },
  'view.path_taken': { status: 409, exit: 3, title: 'Another file is already at this path' },
  'view.not_flipped': {
    status: 500,
    exit: 8,
    title: 'The switch was made, but a link could not be updated yet',
  },
  'plan.stale': { status: 409, exit: 3, title: 'The plan is out of date' },

  'blob.not_found': { status: 404, exit: 4, title: 'No such model' },
  'blob.not_hashed': { status: 409, exit: 3, title: 'The file has no digest yet' },
  'blob.already_here': { status: 409, exit: 3, title: 'The model is already in the store' },
  'blob.not_at_location': { status: 404, exit: 4, title: 'The model is not at this location' },
  'blob.last_copy': { status: 409, exit: 3, title: 'This is the last verified copy' },
  'blob.referenced': { status: 409, exit: 3, title: 'Packs use this model' },
  'blob.in_use': { status: 409, exit: 3, title: 'The model is in use right now' },
  'blob.copy_not_proven': { status: 409, exit: 3, title: 'The other copy is not verified' },
  'blob.blocked': { status: 409, exit: 3, title: 'The model is blocked until it is approved' },
  'blob.integrity_mismatch': {
    status: 422,
    exit: 6,
    title: 'The bytes do not match the expected digest',
  },
  'blob.meta_conflict': { status: 422, exit: 6, title: 'Another manifest already exists there' },
  'inventory.references_unreadable': {
    status: 409,
    exit: 3,
    title: 'A file that may refer to models cannot be read',
  },

  'path.offline': { status: 503, exit: 7, title: 'The folder does not answer' },
  'import.source_not_found': { status: 404, exit: 4, title: 'Nothing exists at this path' },
  'import.source_changed': { status: 409, exit: 3, title: 'The file changed while it was read' },
  'import.source_busy': { status: 409, exit: 3, title: 'A program is still writing to the file' },
  'import.not_a_file': { status: 400, exit: 2, title: 'Not a regular file' },
  'import.empty_file': { status: 400, exit: 2, title: 'The file is empty' },
  'import.not_removable': {
    status: 409,
    exit: 3,
    title: 'The file cannot be removed from its folder',
  },
  'import.original_set_aside': {
    status: 409,
    exit: 3,
    title: 'An original has another name for now',
  },
  'import.inside_store': { status: 409, exit: 3, title: 'The path is inside the store' },

  'export.invalid': { status: 400, exit: 2, title: 'Not a pack export' },

  'job.not_found': { status: 404, exit: 4, title: 'No such job' },
  'job.elsewhere': { status: 409, exit: 3, title: 'Another process does this job' },
  'job.not_pausable': { status: 409, exit: 3, title: 'This job cannot be paused' },
  'job.cancelled': { status: 409, exit: 130, title: 'Stopped on request' },
  'job.interrupted': { status: 409, exit: 3, title: 'The service stopped before the job was done' },
  'journal.not_found': { status: 404, exit: 4, title: 'No such journal entry' },
  'journal.not_undoable': { status: 409, exit: 3, title: 'This operation cannot be undone' },
  'quarantine.not_found': { status: 404, exit: 4, title: 'No such entry in quarantine' },
  'quarantine.no_origin': { status: 409, exit: 3, title: 'Its original path is not known' },
  'trash.not_found': { status: 404, exit: 4, title: 'No such entry in the trash' },

  'location.offline': { status: 503, exit: 7, title: 'The location is not connected' },
  'location.not_found': { status: 404, exit: 4, title: 'No such location' },
  'comfyui.not_found': { status: 404, exit: 4, title: 'No ComfyUI there' },

  'disk.full': { status: 507, exit: 8, title: 'The disk is full' },
  'disk.denied': { status: 500, exit: 8, title: 'The disk does not allow it' },
  'disk.read_only': { status: 500, exit: 8, title: 'The disk is read-only' },
  'disk.vanished': {
    status: 500,
    exit: 8,
    title: 'The file or folder has vanished',
  },
  'disk.failed': { status: 500, exit: 8, title: 'The disk reports an error' },

  internal: { status: 500, exit: 1, title: 'Internal error' },
} as const satisfies Record<string, ErrorRow>

/** A stable name of what went wrong; the key of the table. */
export type ErrorCode = keyof typeof ROWS

/** Code → HTTP status, exit code and title. */
export const ERRORS: Readonly<Record<ErrorCode, ErrorRow>> = ROWS

/** Reports whether `code` is a row of the table. */
export function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ROWS, code)
}

/** One thing that is wrong with an input: where (dotted path) and what. */
export interface Issue {
  readonly path: string
  readonly message: string
}

/** What an {@link AppError} may carry beside its code and detail. */
export interface ErrorExtras {
  /** What to do next, one sentence. */
  readonly hint?: string | undefined
  /** What is wrong with each field of an input. */
  readonly issues?: readonly Issue[] | undefined
  /** Facts a program can use (impacts, names, sizes); snake_case keys. */
  readonly details?: Readonly<Record<string, unknown>> | undefined
  readonly cause?: unknown
}

/** The only error thrown on purpose; any other is an internal error. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly issues: readonly Issue[] | undefined
  readonly details: Readonly<Record<string, unknown>> | undefined

  constructor(code: ErrorCode, detail: string, extras: ErrorExtras = {}) {
    super(detail, extras.cause === undefined ? undefined : { cause: extras.cause })
    this.name = 'AppError'
    this.code = code
    this.hint = extras.hint
    this.issues = extras.issues
    this.details = extras.details
  }
}

/** Reports whether `error` is an {@link AppError}, of the given code where one is named. */
export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code)
}
