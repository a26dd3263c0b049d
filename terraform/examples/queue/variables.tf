variable "name" {
  description = "Name of the queue, the function and its role."
  type        = string
  nullable    = false
  default     = "mintlock-worker"

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits, hyphens and underscores."
  }
}

variable "local_zip" {
  description = "Your function: a zip whose index.mjs or index.js exports handler."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("\\.zip$", var.local_zip)) && try(fileexists(var.local_zip), false)
    error_message = "local_zip must be the path of a .zip file that is there."
  }
}

variable "timeout" {
  description = "Seconds that one batch may take, 5 to 900. The queue hides a message for six times that."
  type        = number
  nullable    = false
  default     = 60

  validation {
    condition     = var.timeout >= 5 && var.timeout <= 900 && floor(var.timeout) == var.timeout
    error_message = "timeout must be a whole number of seconds from 5 to 900."
  }
}

variable "app_id" {
  description = "The GitHub App's client ID or App ID."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([1-9][0-9]{0,19}|Iv[A-Za-z0-9.]{6,60})$", var.app_id))
    error_message = "app_id must be the App's client ID, such as Iv23liExample00000001, or its numeric App ID."
  }
}

variable "key_parameter_path" {
  description = "The SSM parameter with the App's private key: a SecureString under the key that AWS manages."
  type        = string
  nullable    = false
  default     = "/mintlock/app/private-key-pem"

  validation {
    condition     = can(regex("^(/[A-Za-z0-9_.-]+)+$", var.key_parameter_path)) && length(var.key_parameter_path) <= 900
    error_message = "key_parameter_path must be absolute and literal, such as /mintlock/app/private-key-pem."
  }
}

variable "parameter_paths" {
  description = "SSM parameters that the function may read beside the key, at most nine."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(var.parameter_paths) <= 9 && alltrue([for path in var.parameter_paths : can(regex("^(/[A-Za-z0-9_.-]+)+$", path))])
    error_message = "parameter_paths must be at most nine absolute, literal paths such as /jobs/endpoint."
  }
}
