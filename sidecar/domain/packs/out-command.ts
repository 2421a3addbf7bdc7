/** The command that takes a file out of a pack. */

const PLAIN = /^[\w.@+-]+$/u

const quoted = (word: string) => (PLAIN.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`)

/** Returns what a person types so that a pack shows a file no more. */
export function outCommand(file: {
  readonly pack: string
  readonly dependency_id: string
}): string {
  return `synapse pack edit ${quoted(file.pack)} --remove ${quoted(file.dependency_id)}`
}
