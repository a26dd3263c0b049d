import type { CliIo, Command } from '../command.js'
import type { Finding, Flags } from '../house.js'
import { oneLine } from '../one-line.js'

const MARKS: Readonly<Record<Finding['state'], string>> = { ok: 'ok  ', warn: 'warn', fail: 'FAIL', skip: 'skip' }
const COLOURS: Readonly<Record<Finding['state'], string>> = { ok: '32', warn: '33', fail: '31', skip: '90' }

export const doctor: Command = {
  name: 'doctor',
  summary: 'check clock, key, App, installation, permissions, rate budget and cache',
  usage: '[--repo OWNER/NAME]... [flags]',
  examples: [
    ['mintlock doctor --repo acme/widgets', 'every line that is not ok says what to do'],
    ['mintlock doctor --repo acme/widgets --json', 'one JSON object per line'],
  ],
  flags: [{ name: 'json', about: 'one JSON object per check' }],
  settings: 'all',
  details: 'Exits with 0 when nothing failed, else with the exit code of the first failure.',
  run: ({ io, house, flags }) => tellFindings(house.diagnose(flags), io, flags),
}

/** A line each, or an object of JSON. Answers with the exit code of the first failure. */
export async function tellFindings(findings: AsyncIterable<Finding>, io: CliIo, flags: Flags): Promise<number> {
  let exitCode = 0
  for await (const finding of findings) {
    if (finding.state === 'fail' && exitCode === 0) exitCode = finding.exitCode ?? 1
    await io.out(flags.has('json') ? `${JSON.stringify(finding)}\n` : line(finding, io.colour))
  }
  return exitCode
}

function line({ check, state, message, remedy }: Finding, colour: boolean): string {
  const mark = colour ? `\u001b[${COLOURS[state]}m${MARKS[state]}\u001b[0m` : MARKS[state]
  const advice = remedy === undefined || state === 'ok' ? '' : `\n                   → ${oneLine(remedy)}`
  return `${mark}  ${check.padEnd(12)} ${oneLine(message)}${advice}\n`
}
