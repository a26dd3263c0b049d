# What somebody hostile would write: wildcards, quotes, variables, line breaks, paths that climb.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  lambda_artifact  = { local_zip = "./tests/fixtures/first.zip" }
  repository_owner = "acme"
  repository_name  = "widgets"
}

# One hostile value for each input at a time: every input that is named must refuse its own.
run "refuses_wildcards" {
  command = plan

  variables {
    function_name       = "mintlock-*"
    repository_owner    = "acme*"
    repository_name     = "*"
    permissions         = { "*" = "read" }
    ssm_parameter_paths = { private_key = "/mintlock/*" }
    github_api_base_url = "https://*.github.com"
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/*"
    log_level           = "*"
    architecture        = "*"
  }

  expect_failures = [var.function_name, var.repository_owner, var.repository_name, var.permissions, var.ssm_parameter_paths, var.github_api_base_url, var.kms_key_arn, var.log_level, var.architecture]
}

run "refuses_wildcards_of_one_character" {
  command = plan

  variables {
    function_name       = "mintlock-?"
    repository_owner    = "acm?"
    repository_name     = "widget?"
    ssm_parameter_paths = { private_key = "/mintlock/app/private-key-pe?" }
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000abc?"
  }

  expect_failures = [var.function_name, var.repository_owner, var.repository_name, var.ssm_parameter_paths, var.kms_key_arn]
}

run "refuses_policy_variables" {
  command = plan

  variables {
    function_name       = "$${aws:username}"
    repository_owner    = "$${aws:username}"
    ssm_parameter_paths = { private_key = "/mintlock/$${aws:username}" }
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/$${aws:username}"
  }

  expect_failures = [var.function_name, var.repository_owner, var.ssm_parameter_paths, var.kms_key_arn]
}

run "refuses_quotes_that_end_a_string" {
  command = plan

  variables {
    function_name       = "a\",\"b"
    repository_owner    = "acme\""
    repository_name     = "widgets\""
    permissions         = { "contents\",\"administration" = "read" }
    ssm_parameter_paths = { private_key = "/mintlock/app\",\"*" }
    github_api_base_url = "https://api.github.com\""
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000abcd\",\"*"
  }

  expect_failures = [var.function_name, var.repository_owner, var.repository_name, var.permissions, var.ssm_parameter_paths, var.github_api_base_url, var.kms_key_arn]
}

run "refuses_line_breaks" {
  command = plan

  variables {
    function_name       = "mintlock\n"
    repository_owner    = "acme\n"
    repository_name     = "widgets\n"
    permissions         = { contents = "read\n" }
    ssm_parameter_paths = { private_key = "/mintlock/app/private-key-pem\n" }
    github_api_base_url = "https://api.github.com\n"
    kms_key_arn         = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000abcd\n"
    log_level           = "info\n"
    architecture        = "arm64\n"
    tags                = { team = "platform\n" }
  }

  expect_failures = [var.function_name, var.repository_owner, var.repository_name, var.permissions, var.ssm_parameter_paths, var.github_api_base_url, var.kms_key_arn, var.log_level, var.architecture, var.tags]
}

run "refuses_paths_that_climb" {
  command = plan

  variables {
    repository_owner    = ".."
    repository_name     = ".."
    ssm_parameter_paths = { private_key = "/mintlock/app/" }
    github_api_base_url = "https://ghes.example/api/../v3"
  }

  expect_failures = [var.repository_owner, var.repository_name, var.ssm_parameter_paths, var.github_api_base_url]
}

run "refuses_a_dot_and_names_with_slashes" {
  command = plan

  variables {
    repository_owner    = "acme/widgets"
    repository_name     = "."
    ssm_parameter_paths = { private_key = "mintlock/app/private-key-pem" }
    github_api_base_url = "https://ghes.example//api"
  }

  expect_failures = [var.repository_owner, var.repository_name, var.ssm_parameter_paths, var.github_api_base_url]
}

run "refuses_words_before_what_is_sound" {
  command = plan

  variables {
    function_name       = "* mintlock"
    repository_owner    = "*acme"
    repository_name     = "*widgets"
    permissions         = { "* contents" = "read" }
    ssm_parameter_paths = { private_key = "*/mintlock/app/private-key-pem" }
    github_api_base_url = "evil https://api.github.com"
    kms_key_arn         = "*arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000abcd"
    tags                = { "*team" = "platform" }
  }

  expect_failures = [
    var.function_name, var.repository_owner, var.repository_name, var.permissions, var.ssm_parameter_paths, var.github_api_base_url, var.kms_key_arn, var.tags
  ]
}

run "refuses_words_before_levels_and_values" {
  command = plan

  variables {
    permissions = { contents = "no read" }
    tags        = { team = "*platform" }
  }

  expect_failures = [var.permissions, var.tags]
}

run "refuses_words_behind_keys" {
  command = plan

  variables {
    tags = { "team*" = "platform" }
  }

  expect_failures = [var.tags]
}
