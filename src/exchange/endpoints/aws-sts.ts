import type { EndpointKind } from '../endpoint.js'
import { invalid } from '../generic.js'

const RESULT = '/AssumeRoleWithWebIdentityResponse/AssumeRoleWithWebIdentityResult/Credentials'

/** AWS STS, AssumeRoleWithWebIdentity (docs.aws.amazon.com, STS API reference, version 2011-06-15). */
export const awsSts: EndpointKind = {
  name: 'aws-sts',
  about: 'AWS: AssumeRoleWithWebIdentity',
  options: [
    { name: 'role-arn', about: 'the role, arn:aws:iam::…', variables: ['AWS_ROLE_ARN'], required: true },
    { name: 'session-name', about: 'what CloudTrail shows', variables: ['AWS_ROLE_SESSION_NAME'], fallback: 'mintlock' },
    { name: 'duration', about: 'life of the credential in seconds, 900 to 43200', fallback: '3600' },
    {
      name: 'region',
      about: 'the region whose STS is asked',
      variables: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
      fallback: 'us-east-1',
    },
    { name: 'url', about: 'another STS', variables: ['AWS_ENDPOINT_URL_STS'] },
    { name: 'audience', about: 'who the identity token is for', fallback: 'sts.amazonaws.com' },
  ],
  audience: (values) => values['audience'],
  endpoint: (values) => ({
    name: 'aws-sts',
    url: values['url'] ?? `https://sts.${regionOf(values)}.${domainOf(regionOf(values))}`,
    tokenParameter: 'WebIdentityToken',
    parameters: {
      Action: 'AssumeRoleWithWebIdentity',
      Version: '2011-06-15',
      RoleArn: values['role-arn'] ?? '',
      RoleSessionName: values['session-name'] ?? '',
      DurationSeconds: values['duration'] ?? '',
    },
    answer: {
      format: 'xml',
      credential: {
        AccessKeyId: `${RESULT}/AccessKeyId`,
        SecretAccessKey: `${RESULT}/SecretAccessKey`,
        SessionToken: `${RESULT}/SessionToken`,
      },
      expiry: { instant: `${RESULT}/Expiration` },
    },
  }),
  identityFiles: ['AWS_WEB_IDENTITY_TOKEN_FILE'],
  variables: [],
}

/** A part of the host that gets the identity token. */
function regionOf({ region = '' }: Readonly<Record<string, string>>): string {
  if (!/^[a-z]{2,8}(?:-[a-z0-9]{1,12}){1,4}$/.test(region)) throw invalid('region', 'the name of a region such as eu-central-1')
  return region
}

const domainOf = (region: string): string => (region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com')
