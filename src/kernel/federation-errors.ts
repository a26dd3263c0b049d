import { type ErrorRow, row } from './error-row.js'

/** Failures around identity tokens and what they buy. */
export const FEDERATION_ERRORS = {
  ERR_IDENTITY_MISSING: row(
    500,
    false,
    78,
    'there is no identity token to be had',
    'in GitHub Actions give the job `permissions: id-token: write`; elsewhere name a source with --identity',
  ),
  ERR_IDENTITY_INVALID: row(
    500,
    false,
    78,
    'the identity token is not usable',
    'check what writes it: it must be one token, unexpired, of at most 16 KiB',
  ),
  ERR_IDENTITY_UNAVAILABLE: row(
    503,
    true,
    75,
    'the identity provider did not hand out an identity token',
    "try again; check the provider's status, or run the command by hand",
  ),
  ERR_IDENTITY_SPENT: row(
    409,
    false,
    75,
    'the identity token was spent already',
    'put a new identity token there; services take each one once, so it is never sent again',
  ),
  ERR_EXCHANGE_REJECTED: row(
    502,
    false,
    77,
    'the service did not accept the identity token',
    "check the service's trust settings against the token's issuer, subject and audience",
  ),
  ERR_EXCHANGE_UNAVAILABLE: row(503, true, 75, 'the service is unavailable', "try again; check the service's status"),
  ERR_EXCHANGE_INVALID: row(
    502,
    false,
    76,
    'the service answered something that is not to be trusted',
    "check the endpoint's URL, its pointers and any proxy in between",
  ),
  ERR_LEDGER_UNAVAILABLE: row(
    503,
    true,
    74,
    'the ledger of spent identity tokens is not usable',
    'check owner, mode and free space of the cache directory: nothing is sent before the ledger says so',
  ),
  ERR_RIVAL_CREDENTIAL: row(
    500,
    false,
    78,
    'another credential in the environment would win',
    'unset that variable, or say --unset-rivals',
  ),
  ERR_LEASE_UNAVAILABLE: row(
    503,
    false,
    74,
    'there is no lock for what must happen once',
    'use a local file system and a platform for which fs-native-extensions has a binary',
  ),
} as const satisfies Record<string, ErrorRow>
