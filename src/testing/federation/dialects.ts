import { type Answer, jsonAnswer, textAnswer } from '../github/answers.js'
import type { Json } from '../github/json.js'

/** What a dialect makes its answer of. */
export interface Grant {
  /** Unlike any other. */
  readonly credential: string
  /** Epoch milliseconds. */
  readonly now: number
  readonly expiresAt: number
}

/** One kind of token endpoint, as its documentation has it. */
export interface Dialect {
  readonly service: string
  readonly method: 'POST' | 'PUT'
  readonly path: RegExp
  readonly encoding: 'form' | 'json'
  /** The parameter with the identity token. */
  readonly token: string
  /** Parameters that must be there, and what they must be; `true`: anything but nothing. */
  readonly required: Readonly<Record<string, string | true>>
  /** Headers that must be there, lower-case. */
  readonly headers?: Readonly<Record<string, string>>
  answer(grant: Grant): Answer
  /** As opaque as the service's own. */
  refuse(): Answer
}

const seconds = ({ now, expiresAt }: Grant): number => Math.round((expiresAt - now) / 1_000)
const instant = ({ expiresAt }: Grant): string => new Date(expiresAt).toISOString().replace(/\.\d+Z$/, 'Z')
const oauth =
  (extra: Record<string, Json> = {}) =>
  (grant: Grant) =>
    jsonAnswer(200, { access_token: grant.credential, token_type: 'Bearer', expires_in: seconds(grant), ...extra })
const invalidGrant = () => jsonAnswer(401, { error: 'invalid_grant' })

const xml = (status: number, body: string): Answer => ({ ...textAnswer(status, body), headers: { 'content-type': 'text/xml' } })

function awsAnswer(grant: Grant): Answer {
  const tail = grant.credential.slice(-16).toUpperCase()
  return xml(
    200,
    `<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>repo:acme/widgets:ref:refs/heads/main</SubjectFromWebIdentityToken>
    <Audience>sts.amazonaws.com</Audience>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/deploy/mintlock</Arn>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:mintlock</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>${grant.credential}</SessionToken>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCY${tail}</SecretAccessKey>
      <Expiration>${instant(grant)}</Expiration>
      <AccessKeyId>ASIA${tail}</AccessKeyId>
    </Credentials>
    <Provider>token.actions.githubusercontent.com</Provider>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>`,
  )
}

/** Every kind of token endpoint that the service speaks. */
export const DIALECTS: readonly Dialect[] = [
  {
    service: 'anthropic',
    method: 'POST',
    path: /^\/v1\/oauth\/token$/,
    encoding: 'json',
    token: 'assertion',
    required: {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      federation_rule_id: true,
      organization_id: true,
    },
    headers: { 'anthropic-beta': 'oauth-2025-04-20,oidc-federation-2026-04-01' },
    answer: oauth({ scope: 'user:inference' }),
    refuse: () => jsonAnswer(401, { type: 'error', error: { type: 'authentication_error', message: 'Unauthorized' } }),
  },
  {
    service: 'aws-sts',
    method: 'POST',
    path: /^\/$/,
    encoding: 'form',
    token: 'WebIdentityToken',
    required: { Action: 'AssumeRoleWithWebIdentity', Version: '2011-06-15', RoleArn: true, RoleSessionName: true },
    answer: awsAnswer,
    refuse: () =>
      xml(
        400,
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>InvalidIdentityToken</Code><Message>refused</Message></Error><RequestId>1</RequestId></ErrorResponse>',
      ),
  },
  {
    service: 'google-sts',
    method: 'POST',
    path: /^\/v1\/token$/,
    encoding: 'form',
    token: 'subject_token',
    required: {
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      audience: true,
      requested_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
      scope: true,
    },
    answer: oauth({ issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }),
    refuse: invalidGrant,
  },
  {
    service: 'azure',
    method: 'POST',
    path: /^\/[^/]+\/oauth2\/v2\.0\/token$/,
    encoding: 'form',
    token: 'client_assertion',
    required: {
      grant_type: 'client_credentials',
      client_id: true,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      scope: true,
    },
    answer: (grant) => oauth({ ext_expires_in: seconds(grant) })(grant),
    refuse: () => jsonAnswer(401, { error: 'invalid_client', error_description: 'AADSTS700213', error_codes: [700213] }),
  },
  {
    service: 'pypi',
    method: 'POST',
    path: /^\/_\/oidc\/mint-token$/,
    encoding: 'json',
    token: 'token',
    required: {},
    answer: ({ credential }) => jsonAnswer(200, { success: true, token: credential }),
    refuse: () =>
      jsonAnswer(422, { message: 'Token request failed', errors: [{ code: 'invalid-token', description: 'refused' }] }),
  },
  {
    service: 'crates-io',
    method: 'PUT',
    path: /^\/api\/v1\/trusted_publishing\/tokens$/,
    encoding: 'json',
    token: 'jwt',
    required: {},
    answer: ({ credential }) => jsonAnswer(200, { token: credential }),
    refuse: () => jsonAnswer(400, { errors: [{ detail: 'refused' }] }),
  },
  {
    service: 'rfc8693',
    method: 'POST',
    path: /^\/rfc8693\/token$/,
    encoding: 'form',
    token: 'subject_token',
    required: { grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange', subject_token_type: true },
    answer: oauth({ issued_token_type: 'urn:ietf:params:oauth:token-type:access_token' }),
    refuse: invalidGrant,
  },
  {
    service: 'rfc7523',
    method: 'POST',
    path: /^\/rfc7523\/token$/,
    encoding: 'form',
    token: 'assertion',
    required: { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer' },
    answer: oauth(),
    refuse: invalidGrant,
  },
]
