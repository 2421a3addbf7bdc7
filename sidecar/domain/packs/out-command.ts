/** The command that removes a file from a pack. */

const PLAIN = /^[\w.@+-]+$/u

const quoted = (word: string) => (PLAIN.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`)

/** Returns the command line that removes a file from a pack. */
export function outCommand(file: {
  readonly pack: string
  readonly dependency_id: string
}): string {
  return `synapse pack edit ${quoted(file.pack)} --remove ${quoted(file.dependency_id)}`
}
