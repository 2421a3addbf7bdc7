/** What a catalogue of texts is. */
import type { en } from './en.ts'

/** A text with `{name}` for values, or one text per plural form, chosen by `n`. */
export type Message = string | ({ readonly other: string } & Partial<Record<PluralForm, string>>)
type PluralForm = 'zero' | 'one' | 'two' | 'few' | 'many' | 'other'

/** Name of a text. */
export type MessageKey = keyof typeof en
/** A whole catalogue. */
export type Catalogue = Readonly<Record<MessageKey, Message>>
