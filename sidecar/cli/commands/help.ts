/** help, version, completion. */
import { VERSION } from '../../../schemas/version.ts'
import { plainCommand, outcome, type Command } from '../command.ts'
import { completionScript, SHELLS } from '../completion.ts'
import { commandHelp, familyHelp, familyOf, overview } from '../help.ts'
import type { View } from '../output.ts'
import { findCommand } from '../parse.ts'

function helpText(commands: readonly Command[], words: readonly string[], view: View): string {
  const [first] = words
  if (first === undefined) return overview(commands, view)
  const family = familyOf(commands, first)
  const isFamily = words.length === 1 && !commands.some(({ name }) => name === first)
  if (isFamily && family.length > 0) return familyHelp(first, family, view)
  return commandHelp(findCommand(commands, words).command, commands, view)
}

const help = plainCommand({
  name: 'help',
  group: 'Help',
  summary: 'Lists the commands, or shows how to use one',
  words: [{ name: 'command', summary: 'One or two words', optional: true, multiple: true }],
  examples: ['synapse help', 'synapse help use', 'synapse help pack create'],
  asks: [],
  run({ commands }, { words }) {
    const rows = commands.map(({ name, summary, examples }) => ({ name, summary, examples }))
    return outcome(rows, (_rows, view) => helpText(commands, words.command, view))
  },
})

const version = plainCommand({
  name: 'version',
  group: 'Help',
  summary: 'Prints the version of this program',
  examples: ['synapse version', 'synapse version --json'],
  asks: [],
  run: () => outcome({ version: VERSION }, (data) => data.version),
})

const completion = plainCommand({
  name: 'completion',
  group: 'Help',
  summary: 'Prints a script that completes commands and options in a shell',
  details: [
    'For bash: source <(synapse completion bash) in ~/.bashrc. For zsh: the same in ~/.zshrc, after compinit. For fish: synapse completion fish > ~/.config/fish/completions/synapse.fish.',
  ],
  words: [{ name: 'shell', summary: 'The shell', choices: SHELLS }],
  examples: ['synapse completion bash', 'synapse completion zsh', 'synapse completion fish'],
  asks: [],
  run({ commands }, { words }) {
    return outcome({ script: completionScript(commands, words.shell) }, ({ script }) => script)
  },
})

/** Rows that explain the command itself. */
export const HELP_COMMANDS: readonly Command[] = [help, version, completion]
