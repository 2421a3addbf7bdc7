/** Buttons, fields, cards and words as every element draws them. */
import { base } from './base.ts'
import { buttons } from './buttons.ts'
import { fields } from './fields.ts'
import { surfaces } from './surfaces.ts'
import { tokens } from './tokens.ts'
import { words } from './words.ts'

/** Styles that every element of ours starts from. */
export const controls = [tokens, base, words, buttons, fields, surfaces]
