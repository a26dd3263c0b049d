# What the function hands out, and from what.

variable "lambda_artifact" {
  description = "The function's code, from exactly one place. `release`: a release that you downloaded, checked against its own `checksums.txt`; `folder` is `.mintlock/vVERSION` of the root module unless set. `local_zip`: a file that you built. `s3_object`: an object in the function's Region, uploaded with a SHA-256 checksum."
  type = object({
    release   = optional(object({ version = string, folder = optional(string) }))
    local_zip = optional(string)
    s3_object = optional(object({ bucket = string, key = string, version_id = optional(string) }))
  })
  nullable = false

  validation {
    condition = length([
      for chosen in [var.lambda_artifact.release != null, var.lambda_artifact.local_zip != null, var.lambda_artifact.s3_object != null] : chosen if chosen
    ]) == 1
    error_message = "lambda_artifact needs exactly one of release, local_zip and s3_object."
  }

  validation {
    condition     = var.lambda_artifact.release == null ? true : can(regex("^(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)\\.(0|[1-9][0-9]*)(-[0-9A-Za-z][0-9A-Za-z.-]*)?$", var.lambda_artifact.release.version))
    error_message = "lambda_artifact.release.version must be one exact version without a leading v, such as 0.1.0."
  }

  validation {
    condition     = var.lambda_artifact.local_zip == null ? true : can(regex("\\.zip$", var.lambda_artifact.local_zip)) && try(fileexists(var.lambda_artifact.local_zip), false)
    error_message = "lambda_artifact.local_zip must be the path of a .zip file that is there. Build it with npm run build:lambda."
  }

  validation {
    condition = var.lambda_artifact.s3_object == null ? true : alltrue([
      can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", var.lambda_artifact.s3_object.bucket)),
      can(regex("^[^/].*\\.zip$", var.lambda_artifact.s3_object.key)) && length(var.lambda_artifact.s3_object.key) <= 1024,
      try(var.lambda_artifact.s3_object.version_id == null || length(var.lambda_artifact.s3_object.version_id) > 0, true),
    ])
    error_message = "lambda_artifact.s3_object needs the name of a bucket and a key that ends in .zip; version_id is null or an id."
  }
}

variable "repository_owner" {
  description = "The account that owns the repository."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9][A-Za-z0-9-]*(_[A-Za-z0-9]+)?$", var.repository_owner)) && length(var.repository_owner) <= 39
    error_message = "repository_owner must be the name of a GitHub account: letters, digits and hyphens, at most 39."
  }
}

variable "repository_name" {
  description = "The one repository that tokens are for, without its owner."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[A-Za-z0-9._-]{1,100}$", var.repository_name)) && !can(regex("^[.]{1,2}$|[.](?i:git)$", var.repository_name))
    error_message = "repository_name must be the name of a GitHub repository without its owner and .git: letters, digits, dots, hyphens and underscores, at most 100, and neither . nor .."
  }
}

variable "permissions" {
  description = "What tokens may do: GitHub's names of permissions, each with `read`, `write` or `admin`."
  type        = map(string)
  nullable    = false
  default     = { contents = "read" }

  validation {
    condition     = length(var.permissions) > 0
    error_message = "permissions must name at least one: at GitHub an empty set means everything the App may do."
  }

  validation {
    condition     = alltrue([for name, level in var.permissions : can(regex("^[a-z][a-z0-9_]{0,99}$", name)) && can(regex("^(read|write|admin)$", level))])
    error_message = "permissions maps GitHub's names, such as pull_requests, to read, write or admin."
  }
}

variable "github_api_base_url" {
  description = "GitHub's API. For GitHub Enterprise Server `https://HOST/api/v3`."
  type        = string
  nullable    = false
  default     = "https://api.github.com"

  validation {
    condition     = can(regex("^https://[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9._-]+)*/?$", var.github_api_base_url)) && !can(regex("/\\.\\.?(/|$)", var.github_api_base_url))
    error_message = "github_api_base_url must be an https URL without user name, query or fragment, such as https://api.github.com or https://HOST/api/v3."
  }
}

variable "ssm_parameter_paths" {
  description = "Where the App's client ID, installation id and private key are in the SSM Parameter Store."
  type = object({
    client_id       = optional(string, "/mintlock/app/client-id")
    installation_id = optional(string, "/mintlock/app/installation-id")
    private_key     = optional(string, "/mintlock/app/private-key-pem")
  })
  nullable = false
  default  = {}

  validation {
    condition = alltrue([
      for path in values(var.ssm_parameter_paths) :
      can(regex("^(/[A-Za-z0-9_.-]+)+$", path)) && !can(regex("^/(?i:aws|ssm)", path)) && try(length(path) <= 900, false)
    ])
    error_message = "Every path in ssm_parameter_paths must be absolute and literal, such as /mintlock/app/client-id: letters, digits and _ . - between slashes, no slash at the end, no wildcard. AWS keeps names that begin with /aws or /ssm for itself."
  }

  validation {
    condition     = length(distinct(values(var.ssm_parameter_paths))) == 3
    error_message = "ssm_parameter_paths must be three different paths."
  }
}

variable "kms_key_arn" {
  description = "A KMS key of your own. What the function may do with it is `kms_key_usage`. Without one, the private key is a parameter under the key that AWS manages for SSM."
  type        = string
  default     = null

  validation {
    condition     = var.kms_key_arn == null ? true : can(regex("^arn:aws(-[a-z]+)*:kms:[a-z]{2,8}(-[a-z]+)+-[0-9]+:[0-9]{12}:key/(mrk-[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12})$", var.kms_key_arn))
    error_message = "kms_key_arn must be the ARN of one key, arn:aws:kms:REGION:ACCOUNT:key/ID. A policy on an alias grants nothing."
  }
}

variable "kms_key_usage" {
  description = "`decrypt`: the parameters are encrypted with `kms_key_arn`. `sign`: `kms_key_arn` is the App's private key; then no private key parameter is read."
  type        = string
  nullable    = false
  default     = "decrypt"

  validation {
    condition     = contains(["decrypt", "sign"], var.kms_key_usage)
    error_message = "kms_key_usage must be decrypt or sign."
  }

  validation {
    condition     = var.kms_key_usage == "sign" ? var.kms_key_arn != null : true
    error_message = "kms_key_usage = \"sign\" needs kms_key_arn."
  }
}
