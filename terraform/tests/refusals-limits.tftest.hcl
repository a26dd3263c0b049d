# What is empty, too long, too large, unknown or no plain https URL.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  lambda_artifact  = { local_zip = "./tests/fixtures/first.zip" }
  repository_owner = "acme"
  repository_name  = "widgets"
}

run "refuses_emptiness" {
  command = plan

  variables {
    function_name       = ""
    repository_owner    = ""
    repository_name     = ""
    permissions         = {}
    ssm_parameter_paths = { private_key = "" }
    github_api_base_url = ""
    kms_key_arn         = ""
    log_level           = ""
    architecture        = ""
    tags                = { "" = "platform" }
  }

  expect_failures = [var.function_name, var.repository_owner, var.repository_name, var.permissions, var.ssm_parameter_paths, var.github_api_base_url, var.kms_key_arn, var.log_level, var.architecture, var.tags]
}

run "refuses_what_is_too_long" {
  command = plan

  variables {
    function_name       = join("", [for n in range(65) : "a"])
    repository_owner    = join("", [for n in range(40) : "a"])
    repository_name     = join("", [for n in range(101) : "a"])
    ssm_parameter_paths = { private_key = "/${join("", [for n in range(900) : "a"])}" }
    tags                = { team = join("", [for n in range(257) : "a"]) }
  }

  expect_failures = [var.function_name, var.repository_owner, var.repository_name, var.ssm_parameter_paths, var.tags]
}

run "refuses_levels_keys_and_numbers_that_do_not_exist" {
  command = plan

  variables {
    permissions        = { contents = "owner" }
    kms_key_arn        = "arn:aws:kms:eu-west-1:123456789012:alias/mintlock"
    log_level          = "trace"
    architecture       = "arm"
    memory_size        = 127
    timeout            = 4
    log_retention_days = 0
    tags               = { "AWS:team" = "platform" }
  }

  expect_failures = [var.permissions, var.kms_key_arn, var.log_level, var.architecture, var.memory_size, var.timeout, var.log_retention_days, var.tags]
}

run "refuses_numbers_beyond_the_limits" {
  command = plan

  variables {
    memory_size        = 10241
    timeout            = 901
    log_retention_days = 31
  }

  expect_failures = [var.memory_size, var.timeout, var.log_retention_days]
}

run "refuses_fractions" {
  command = plan

  variables {
    memory_size        = 256.5
    timeout            = 30.5
    log_retention_days = 1.5
  }

  expect_failures = [var.memory_size, var.timeout, var.log_retention_days]
}

run "refuses_plain_http_and_parameters_of_aws" {
  command = plan

  variables {
    github_api_base_url = "http://api.github.com"
    ssm_parameter_paths = { private_key = "/aws/reference/secretsmanager/github" }
    repository_owner    = "-acme"
    repository_name     = "widgets.git"
  }

  expect_failures = [var.github_api_base_url, var.ssm_parameter_paths, var.repository_owner, var.repository_name]
}

run "refuses_user_names_in_urls_and_one_parameter_twice" {
  command = plan

  variables {
    github_api_base_url = "https://api.github.com@evil.example"
    ssm_parameter_paths = { client_id = "/mintlock/app/same", private_key = "/mintlock/app/same" }
  }

  expect_failures = [var.github_api_base_url, var.ssm_parameter_paths]
}

run "refuses_a_query_and_a_key_without_use" {
  command = plan

  variables {
    github_api_base_url = "https://api.github.com?x=1"
    kms_key_usage       = "sign"
  }

  expect_failures = [var.github_api_base_url, var.kms_key_usage]
}

run "refuses_a_fragment_and_an_unknown_use_of_the_key" {
  command = plan

  variables {
    github_api_base_url = "https://api.github.com#x"
    kms_key_usage       = "Decrypt"
  }

  expect_failures = [var.github_api_base_url, var.kms_key_usage]
}
