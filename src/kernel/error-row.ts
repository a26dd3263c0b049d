/** One failure this product can report. HTTP status, retry decision, exit code and documentation all read its row. */
export interface ErrorRow {
  /** What an HTTP door answers. */
  readonly status: number
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean
  /** What the CLI exits with (sysexits.h). */
  readonly exitCode: number
  /** All an untrusted caller may see. */
  readonly summary: string
  /** What to do about it, for the reference page and `mintlock doctor`. */
  readonly remedy: string
}

/** One row of the table. */
export const row = (status: number, retryable: boolean, exitCode: number, summary: string, remedy: string): ErrorRow => ({
  status,
  retryable,
  exitCode,
  summary,
  remedy,
})
