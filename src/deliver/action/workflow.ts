/** Words to the runner (docs.github.com, "Workflow commands"): commands on standard output, entries of the files it names. */
export interface Workflow {
  info(text: string): void
  warning(text: string): void
  error(text: string): void
  /** From now on the runner shows `***` in its place. */
  mask(value: string): void
}

export function workflowTo(out: (text: string) => void): Workflow {
  const command = (name: string, text: string) => out(`::${name}::${escaped(text)}\n`)
  return {
    // A line of ours that looks like a command would be obeyed as one.
    info: (text) => out(`${text.replace(/^(?=\s*(?:::|##\[))/gm, '\u200b')}\n`),
    warning: (text) => command('warning', text),
    error: (text) => command('error', text),
    mask: (value) => command('add-mask', value),
  }
}

/** An entry of an environment file. `unique` must be in no value: whoever could guess it could end the value and begin another. */
export function fileEntry(name: string, value: string, unique: string): string {
  const end = `mintlock_${unique}`
  return `${name}<<${end}\n${value}\n${end}\n`
}

/**
 * What of a private key is to be masked: its lines, in whatever form it was handed over. Log lines are single, so the whole would never be
 * found. The words of its PEM labels are no secret.
 */
export function maskablePieces(key: string): readonly string[] {
  const pieces = key.replace(/-----[A-Z0-9 ]{1,60}-----/g, ' ').split(/\\r|\\n|[|\s]+/)
  return [...new Set(pieces)].filter((piece) => piece.length >= SHORTEST_PIECE)
}

/** Shorter ones give nothing away, and would be found everywhere, in characters. */
const SHORTEST_PIECE = 16

const escaped = (text: string): string => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
