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

const row = (status: number, retryable: boolean, exitCode: number, summary: string, remedy: string): ErrorRow => ({
  status,
  retryable,
  exitCode,
  summary,
  remedy,
})

/** Every failure this product can report. */
export const ERROR_TABLE = {
  ERR_USAGE: row(400, false, 64, 'the command line is not understood', 'see `mintlock COMMAND --help`'),
  ERR_SCOPE_INVALID: row(
    400,
    false,
    64,
    'requested scope is malformed',
    'write repositories as owner/name and permissions as name=level, as in contents=read',
  ),
  ERR_PAYLOAD_REFUSED: row(400, false, 64, 'this function takes no input', "invoke it with the payload null: --payload 'null'"),
  ERR_CONFIG_INVALID: row(500, false, 78, 'configuration is invalid', 'correct the setting that the message names'),
  ERR_KEY_MISSING: row(
    500,
    false,
    78,
    'no private key is configured',
    'set MINTLOCK_KEY to where the key is, for example file:/path/app.pem',
  ),
  ERR_KEY_INVALID: row(
    500,
    false,
    78,
    'private key is not usable',
    "use the App's RSA private key as downloaded from GitHub, unencrypted",
  ),
  ERR_PARAMETER_MISSING: row(
    500,
    false,
    78,
    'a parameter is missing',
    'create the SSM parameter that the message names, with a value',
  ),
  ERR_AWS_DENIED: row(
    500,
    false,
    77,
    'AWS does not allow it',
    'give the role the permission that the message names, on exactly that parameter or key',
  ),
  ERR_AWS_UNAVAILABLE: row(
    503,
    true,
    75,
    'AWS is unavailable',
    'try again; the message has the call and the name of the failure',
  ),
  ERR_APP_REJECTED: row(
    502,
    false,
    77,
    'GitHub does not accept this App and key',
    'check the App ID, and that the key belongs to this App and has not been deleted',
  ),
  ERR_CLOCK_SKEW: row(
    503,
    true,
    75,
    "the local clock differs from GitHub's",
    'synchronise the clock (NTP); Mintlock corrects what it can measure',
  ),
  ERR_NOT_INSTALLED: row(
    404,
    false,
    77,
    'the App is not installed there',
    'install the App on that owner and give it the repository',
  ),
  ERR_INSTALLATION_MISMATCH: row(
    500,
    false,
    78,
    'the repository is in another installation',
    'correct the configured installation id, or the repository; nothing was minted',
  ),
  ERR_INSTALLATION_SUSPENDED: row(
    403,
    false,
    77,
    'the installation is suspended',
    'ask an owner of the account to unsuspend the App',
  ),
  ERR_INSTALLATION_UNREADY: row(
    502,
    false,
    77,
    'GitHub does not find the installation',
    'check the installation id, and whether the App is still installed',
  ),
  ERR_SCOPE_NOT_GRANTED: row(
    403,
    false,
    77,
    'the App may not grant this scope',
    'ask for less, or give the App these repositories and permissions',
  ),
  ERR_RATE_LIMITED: row(
    503,
    true,
    75,
    'GitHub rate limit reached',
    'wait as long as the message says; share tokens between processes',
  ),
  ERR_UPSTREAM_UNAVAILABLE: row(503, true, 75, 'GitHub is unavailable', 'try again; see githubstatus.com'),
  ERR_UPSTREAM_REJECTED: row(
    502,
    false,
    76,
    'GitHub rejected the request',
    'check the API URL and the App; the message has the status',
  ),
  ERR_UPSTREAM_INVALID: row(
    502,
    false,
    76,
    'GitHub answered something that is not to be trusted',
    'check GITHUB_API_URL and any proxy in between',
  ),
  ERR_UPSTREAM_REDIRECT: row(502, false, 76, 'GitHub answered with a redirect', 'set GITHUB_API_URL to where the API really is'),
  ERR_GRANT_TOO_WIDE: row(502, false, 76, 'GitHub granted more than was asked', 'the token was revoked and refused; report it'),
  ERR_TOKEN_REJECTED: row(
    502,
    true,
    77,
    'GitHub does not accept the token',
    'check that the App is still installed and may do this',
  ),
  ERR_DEADLINE: row(504, true, 75, 'ran out of time', 'raise MINTLOCK_DEADLINE, or see what was slow in the message'),
  ERR_LEASE_TIMEOUT: row(503, true, 75, 'another holder did not finish in time', 'look for a stopped or hung process'),
  ERR_ABORTED: row(499, false, 130, 'the caller gave up', 'nothing to do: the caller cancelled'),
  ERR_CACHE_UNAVAILABLE: row(
    503,
    true,
    74,
    'the credential cache is not usable',
    'check owner, mode and free space of the cache directory',
  ),
  ERR_SCOPE_OUTSIDE_LIMIT: row(
    403,
    false,
    77,
    'the scope is more than this agent hands out',
    'ask for less, or start an agent with this App, these repositories and these permissions',
  ),
  ERR_AGENT_UNAVAILABLE: row(
    503,
    false,
    69,
    'the agent cannot be reached',
    'start it with `mintlock agent start`, or unset MINTLOCK_AGENT',
  ),
  ERR_AGENT_NOT_STARTED: row(
    500,
    false,
    73,
    'the agent cannot open its socket',
    'name another place with --socket, in a folder that is yours alone (mode 0700)',
  ),
  ERR_OUTPUT_FAILED: row(500, false, 74, 'the output could not be written', 'check the disk or the program that reads it'),
  ERR_COMMAND_NOT_FOUND: row(500, false, 127, 'the command to run was not found', 'check the name after `--`'),
  ERR_COMMAND_NOT_EXECUTABLE: row(
    500,
    false,
    126,
    'the command to run could not be started',
    'check that the file is executable',
  ),
  ERR_INTERNAL: row(500, false, 70, 'a defect in Mintlock', 'report it with the command and the version'),
} as const satisfies Record<string, ErrorRow>

export type ErrorCode = keyof typeof ERROR_TABLE
