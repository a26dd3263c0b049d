import { formatDuration } from '../../kernel/time.js'
import { type Act, type Scene, totalOf } from './story.js'

/** Widest line, so that a terminal of 80 columns shows it whole. */
const WIDTH = 78
const WHO_WIDTH = 10
/** Of a column of totals. */
const TOTAL_WIDTH = 12
const SAID_WIDTH = WIDTH - 4 - 2 - WHO_WIDTH - 9

/** How text looks, where colour may be used. */
export interface Paint {
  bold(text: string): string
  dim(text: string): string
  good(text: string): string
  bad(text: string): string
}

export function paintOf(colour: boolean): Paint {
  const style = (on: number, off: number) => (text: string) => (colour ? `\u001b[${on}m${text}\u001b[${off}m` : text)
  return { bold: style(1, 22), dim: style(2, 22), good: style(32, 39), bad: style(31, 39) }
}

export function opening(paint: Paint): readonly string[] {
  return [
    '',
    `  ${paint.bold('Mintlock')}  short-lived GitHub tokens: made once, shared safely, renewed in time`,
    `  ${paint.dim('Real processes, and a GitHub simulated on this machine: nothing leaves it.')}`,
    `  ${paint.good('✓')} ${paint.dim('is with Mintlock; the line below it is the same without.')}`,
  ]
}

export function actLines({ title, scenes, note }: Act, number: number, paint: Paint): readonly string[] {
  const lines = [
    '',
    `  ${paint.dim(String(number))}  ${paint.bold(title)}`,
    ...scenes.flatMap((scene) => sceneLines(scene, paint)),
  ]
  return note === undefined ? lines : [...lines, `     ${paint.dim(note)}`]
}

function sceneLines({ side, who, said, tookMs, holds, complaint = '' }: Scene, paint: Paint): readonly string[] {
  const took = (tookMs === undefined ? '' : spellMs(tookMs)).padStart(8)
  const words = `${who.padEnd(WHO_WIDTH)} ${said.padEnd(SAID_WIDTH)}${took}`.trimEnd()
  if (!holds)
    return [
      `   ${paint.bad('✗')} ${words}`,
      `     ${paint.bad(`not what this demo claims${complaint === '' ? '' : `: ${complaint}`}`)}`,
    ]
  return [side === 'mintlock' ? `   ${paint.good('✓')} ${words}` : `     ${paint.dim(words)}`]
}

/** What all of it came to, with Mintlock and without. */
export function summary(acts: readonly Act[], paint: Paint): readonly string[] {
  const [ours, theirs] = [totalOf(acts, 'mintlock'), totalOf(acts, 'without')]
  const row = (what: string, our: string, their: string) =>
    `     ${what.padEnd(WIDTH - 5 - 2 * TOTAL_WIDTH)}${paint.good(our.padStart(TOTAL_WIDTH))}${paint.dim(their.padStart(TOTAL_WIDTH))}`
  return [
    '',
    row('In this run', 'Mintlock', 'without'),
    row(`mints for ${ours.processes} processes`, String(ours.mints), String(theirs.mints)),
    row('requests for them', String(ours.requests), String(theirs.requests)),
    row('failures that somebody saw', String(ours.failures), String(theirs.failures)),
  ]
}

export function closing(broken: number, tookMs: number, paint: Paint): readonly string[] {
  if (broken > 0)
    return [
      '',
      `  ${paint.bad(`${broken} of these ${broken === 1 ? 'lines was' : 'lines were'} not so in this run.`)} Try again on an idle machine, or report it.`,
      '',
    ]
  return [
    '',
    `  ${paint.dim(`Every number was counted in this run, in ${spellMs(tookMs)}.`)} With your own App:`,
    '',
    '    export MINTLOCK_APP_ID=Iv23… MINTLOCK_KEY=file:/path/to/app.pem',
    '    mintlock token --repo OWNER/NAME',
    '    mintlock exec --repo OWNER/NAME -- git clone https://github.com/OWNER/NAME',
    '',
  ]
}

function spellMs(durationMs: number): string {
  return durationMs < 1_000 ? `${Math.round(durationMs)} ms` : formatDuration(durationMs).replace(/s$/, ' s')
}
