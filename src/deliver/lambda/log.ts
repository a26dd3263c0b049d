import type { Clock } from '../../kernel/clock.js'
import { formatInstant } from '../../kernel/time.js'
import type { Report } from '../../model/event.js'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** What stands in a line beside time, level, event and message. Never a secret. */
export type LogFields = Readonly<
  Record<string, string | number | readonly string[] | Readonly<Record<string, string>> | undefined>
>

/** Writes one line of JSON. */
export type Log = (level: LogLevel, event: string, message: string, fields?: LogFields) => void

export interface LogOptions {
  /** Lines below it are not written. */
  readonly least: LogLevel
  readonly clock: Clock
  /** Gets one line without its end. */
  readonly write: (line: string) => void
}

/** A log of JSON lines, which is what CloudWatch Logs Insights reads. */
export function jsonLog({ least, clock, write }: LogOptions): Log {
  return (level, event, message, fields = {}) => {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(least)) return
    try {
      write(JSON.stringify({ time: formatInstant(clock.now()), level, event, message, ...fields }))
    } catch {
      // a line that cannot be written must not cost a token, or a message
    }
  }
}

/** The same log, with these fields in every line. */
export const withFields =
  (log: Log, always: LogFields): Log =>
  (level, event, message, fields) =>
    log(level, event, message, { ...always, ...fields })

/** What the stages report, as lines of a log. */
export const reportTo =
  (log: Log): Report =>
  ({ level, name, message, code }) =>
    log(level, name, message, { code })
