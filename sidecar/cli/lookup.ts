/** Resolves abbreviated digests and ids. */
import type { Client } from '../../schemas/client.ts'
import { AppError } from '../../schemas/errors.ts'
import { shortDigest, shortId } from './format.ts'

const DIGEST_LENGTH = 64
const LEAST_DIGITS = 4
const CONFIRM_DIGITS = 12
const PAGE = 1000

const isHex = (text: string) => /^[0-9a-f]+$/u.test(text)

function ambiguous(text: string, found: readonly string[]): AppError {
  return new AppError('input.invalid', `"${text}" matches several: ${found.join(', ')}`, {
    hint: 'Type more digits.',
  })
}

function checkDigits(text: string): void {
  if (isHex(text) && text.length >= LEAST_DIGITS && text.length <= DIGEST_LENGTH) return
  throw new AppError('input.invalid', `"${text}" is not a digest or the beginning of one`, {
    hint: `Type at least ${String(LEAST_DIGITS)} digits. To find it: synapse inventory --search "${text}"`,
  })
}

/**
 * Returns the whole digest for its beginning (at least 4 digits, in either case).
 * @throws AppError input.invalid where it is not a digest or matches several; blob.not_found
 */
export async function expandDigest(client: Client, typed: string): Promise<string> {
  const text = typed.toLowerCase()
  checkDigits(text)
  if (text.length === DIGEST_LENGTH) return text
  const { items } = await client.call('inventory.list', { query: { search: text, limit: PAGE } })
  const found = items.map(({ id }) => id).filter((id) => id.startsWith(text))
  const [first, ...others] = found
  if (first === undefined) throw new AppError('blob.not_found', `No model begins with ${text}`)
  if (others.length > 0) throw ambiguous(text, found.slice(0, 5).map(shortDigest))
  return first
}

/**
 * Returns the id of a row of the inventory: that of a file without a digest as it is typed, else as
 * {@link expandDigest}. @throws as there
 */
export async function expandItem(client: Client, typed: string): Promise<string> {
  return typed.startsWith('file:') ? typed : expandDigest(client, typed)
}

/** Returns {@link expandDigest} for each of several. */
export async function expandDigests(client: Client, typed: readonly string[]): Promise<string[]> {
  return Promise.all(typed.map((one) => expandDigest(client, one)))
}

/**
 * Returns the whole digest that `--confirm` stands for, or an empty text where nothing was typed.
 * @throws AppError input.invalid where it has fewer than 12 digits or belongs to another model
 */
export function expandConfirmation(typed: string | undefined, sha256: string): string {
  if (typed === undefined) return ''
  const text = typed.toLowerCase()
  if (text.length >= CONFIRM_DIGITS && sha256.startsWith(text)) return sha256
  throw new AppError(
    'input.invalid',
    text.length < CONFIRM_DIGITS
      ? `--confirm needs at least ${String(CONFIRM_DIGITS)} digits of the digest`
      : '--confirm names another model than the one to delete',
    { hint: `The model to delete is ${sha256}` },
  )
}

const UUID_LENGTH = 36

type IdList = 'jobs.list' | 'journal.list' | 'trash.list' | 'quarantine.list' | 'auth.sessions'

async function idsOf(client: Client, list: IdList): Promise<string[]> {
  // Sessions come all at once; the other lists are paged, the newest first.
  const { items } =
    list === 'auth.sessions'
      ? await client.call(list)
      : await client.call(list, { query: { limit: PAGE } })
  return items.map(({ id }) => id)
}

/**
 * Returns the whole id for its last digits, as the lists show them (at least 4), among the newest
 * 1000. Text without a match is returned unchanged: the endpoint then reports it as not found.
 * @throws AppError input.invalid where it matches several
 */
export async function expandId(client: Client, list: IdList, typed: string): Promise<string> {
  const text = typed.toLowerCase()
  if (text.length >= UUID_LENGTH || text.length < LEAST_DIGITS) return text
  const found = (await idsOf(client, list)).filter((id) => id.endsWith(text))
  if (found.length > 1) throw ambiguous(text, found.slice(0, 5).map(shortId))
  return found[0] ?? text
}
