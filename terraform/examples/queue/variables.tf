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

variable "parameter_paths" {
  description = "SSM parameters that the function reads, at most ten: as many as one GetParameters call takes."
  type        = list(string)
  nullable    = false
  default     = ["/mintlock/app/client-id", "/mintlock/app/private-key-pem"]

  validation {
    condition     = length(var.parameter_paths) >= 1 && length(var.parameter_paths) <= 10 && alltrue([for path in var.parameter_paths : can(regex("^(/[A-Za-z0-9_.-]+)+$", path))])
    error_message = "parameter_paths must be 1 to 10 absolute, literal paths such as /mintlock/app/client-id."
  }
}
