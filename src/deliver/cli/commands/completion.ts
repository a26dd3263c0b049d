import { TokenError } from '../../../kernel/errors.js'
import type { Command } from '../command.js'
import { bashCompletion, type CompletionTree, fishCompletion, zshCompletion } from '../completion-scripts.js'
import { flagsOf } from '../run.js'

const SHELLS = new Map([
  ['bash', bashCompletion],
  ['zsh', zshCompletion],
  ['fish', fishCompletion],
])

/** Made from the very table that parses: what completes is what is understood. */
export function completionCommand(commands: readonly Command[]): Command {
  const self: Command = {
    name: 'completion',
    summary: 'print a completion script for bash, zsh or fish',
    usage: 'bash|zsh|fish',
    examples: [
      ['eval "$(mintlock completion bash)"', 'in ~/.bashrc'],
      // biome-ignore lint/suspicious/noTemplateCurlyInString: zsh's, not ours
      ['mintlock completion zsh > "${fpath[1]}/_mintlock"', 'for zsh'],
      ['mintlock completion fish > ~/.config/fish/completions/mintlock.fish', 'for fish'],
    ],
    flags: [],
    settings: 'none',
    operands: ['bash|zsh|fish'],
    async run({ io, house, positionals }) {
      const script = SHELLS.get(positionals[0] ?? '')
      if (!script) throw new TokenError('ERR_USAGE', 'name the shell: mintlock completion bash, zsh or fish')
      const all = [...commands, self]
      const tree: CompletionTree = all.map((command) => ({
        name: command.name,
        summary: command.summary,
        flags: flagsOf(command, house.settingFlags),
        words: command === self ? [...SHELLS.keys()] : [],
      }))
      await io.out(script(tree))
      return 0
    },
  }
  return self
}
