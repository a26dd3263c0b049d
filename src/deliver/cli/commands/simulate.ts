import { TokenError } from '../../../kernel/errors.js'
import { parseDurationMs } from '../../../kernel/time.js'
import type { Command, FlagSpec } from '../command.js'
import { shellQuote } from '../token-format.js'

/** Flags that set a knob of the simulator, with how their values are read. */
const KNOBS: readonly (FlagSpec & { readonly knob: string; readonly read: (text: string, flag: string) => unknown })[] = [
  {
    name: 'token-lifetime',
    placeholder: 'DURATION',
    fallback: '1h',
    about: 'how long tokens live',
    knob: 'tokenLifetimeMs',
    read: duration,
  },
  {
    name: 'latency',
    placeholder: 'DURATION',
    fallback: '0s',
    about: 'how long the token endpoint takes',
    knob: 'latencyMs',
    read: duration,
  },
  {
    name: 'clock-offset',
    placeholder: 'DURATION',
    fallback: '0s',
    about: "how far its clock is ahead of this machine's (behind: --clock-offset=-1h)",
    knob: 'clockOffsetMs',
    read: signedDuration,
  },
  {
    name: 'token-format',
    placeholder: 'FORMAT',
    choices: ['opaque', 'stateless'],
    fallback: 'opaque',
    about: 'ghs_ and 36 characters, or ghs_ and a JWT',
    knob: 'tokenFormat',
    read: (text) => text,
  },
  {
    name: 'replication-lag',
    placeholder: 'DURATION',
    fallback: '0s',
    about: 'how long a new token is answered 401',
    knob: 'replicationLagMs',
    read: duration,
  },
  { name: 'reject-duplicates', about: 'answer 404 to a JWT that was seen before', knob: 'rejectDuplicateJwts', read: () => true },
]

export const simulate: Command = {
  name: 'simulate',
  summary: 'run a GitHub that behaves like the real one, offline',
  usage: '[--json] [--port N] [flags]',
  examples: [
    ['mintlock simulate', 'prints export lines for another shell, then stays up'],
    ['mintlock simulate --json', 'prints one line {"url","env":{…},"admin"} and stays up: for tests in any language'],
    ['mintlock simulate --token-lifetime 10s --latency 300ms', 'short-lived tokens from a slow API'],
  ],
  flags: [
    { name: 'json', about: 'one JSON object on one line' },
    { name: 'port', placeholder: 'N', fallback: 'a free one', about: 'on 127.0.0.1' },
    ...KNOBS,
  ],
  settings: 'none',
  endsItself: true,
  details: `GET {admin}/requests lists every request it got; POST {admin}/faults makes the next ones fail, for example
{"on":"token","times":2,"answer":"transient-404"}; PATCH {admin}/settings turns its knobs. See docs/reference/simulator.md.`,
  async run({ io, house, flags }) {
    const knobs = Object.fromEntries(
      KNOBS.filter(({ name }) => flags.has(name)).map(({ name, knob, read }) => [knob, read(flags.get(name) ?? '', name)]),
    )
    const simulator = await house.startSimulator({ port: port(flags.get('port')), knobs })
    try {
      const { url, admin, environment } = simulator
      if (flags.has('json')) await io.out(`${JSON.stringify({ url, env: environment, admin })}\n`)
      else await io.out(exports(url, admin, environment))
      await new Promise<void>((resolve) => {
        if (io.interrupted.aborted) resolve()
        io.interrupted.addEventListener('abort', () => resolve(), { once: true })
      })
      return 0
    } finally {
      await simulator.close()
    }
  },
}

function exports(url: string, admin: string, environment: Readonly<Record<string, string>>): string {
  const lines = Object.entries(environment).map(([name, value]) => `export ${name}=${shellQuote(value)}`)
  return `# A GitHub of your own at ${url} (Ctrl-C ends it); paste this into another shell:
${lines.join('\n')}
# then: mintlock token --repo acme/widgets
# drive it: curl ${admin}/requests
`
}

function port(text: string | undefined): number {
  if (text === undefined) return 0
  const value = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (!(value <= 65_535)) throw new TokenError('ERR_USAGE', '--port must be a number up to 65535')
  return value
}

function duration(text: string, flag: string): number {
  const durationMs = parseDurationMs(text)
  if (durationMs === undefined) throw new TokenError('ERR_USAGE', `--${flag} must be a duration such as 300ms, 10s or 1h`)
  return durationMs
}

function signedDuration(text: string, flag: string): number {
  return text.startsWith('-') ? -duration(text.slice(1), flag) : duration(text, flag)
}
