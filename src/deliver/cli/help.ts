import type { Command, FlagSpec } from './command.js'

/** `mintlock --help`: examples first (clig.dev). */
export function topHelp(commands: readonly Command[], version: string): string {
  const widest = Math.max(...commands.map(({ name }) => name.length))
  return `mintlock ${version}: short-lived credentials, made once, shared safely, never printed

Try it, with nothing to configure:
  mintlock demo

With your own GitHub App:
  export MINTLOCK_APP_ID=Iv23… MINTLOCK_KEY=file:/path/app.pem
  mintlock token --repo acme/widgets
  mintlock exec --repo acme/widgets -- gh release list

Commands:
${commands.map(({ name, summary }) => `  ${name.padEnd(widest)}  ${summary}`).join('\n')}

\`mintlock COMMAND --help\` shows its examples and flags.
`
}

/** `mintlock COMMAND --help`. */
export function commandHelp(command: Command, flags: readonly FlagSpec[]): string {
  const rows = flags.map((flag) => [spelling(flag), describe(flag)] as const)
  const widest = Math.min(30, Math.max(...rows.map(([left]) => left.length)))
  return `mintlock ${command.name}: ${command.summary}

Examples:
${command.examples.map(([line, about]) => `  ${line}\n      ${about}`).join('\n')}

Usage: mintlock ${command.name} ${command.usage}
${command.details === undefined ? '' : `\n${command.details}\n`}
Flags:
${rows.map(([left, right]) => `  ${left.padEnd(widest)}  ${right}`).join('\n')}
`
}

function spelling({ name, short, placeholder }: FlagSpec): string {
  return `${short === undefined ? '    ' : `-${short}, `}--${name}${placeholder === undefined ? '' : ` ${placeholder}`}`
}

function describe({ about, fallback }: FlagSpec): string {
  if (fallback === undefined) return about
  return fallback.startsWith('required') ? `${about} (${fallback})` : `${about} (default: ${fallback})`
}
