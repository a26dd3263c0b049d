# What the function is given, and what every input accepts.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  lambda_artifact  = { local_zip = "./tests/fixtures/first.zip" }
  repository_owner = "acme"
  repository_name  = "widgets"
}

run "has_defaults" {
  assert {
    condition = aws_lambda_function.broker.environment[0].variables == tomap({
      MINTLOCK_CLIENT_ID_PARAM       = "/mintlock/app/client-id"
      MINTLOCK_INSTALLATION_ID_PARAM = "/mintlock/app/installation-id"
      MINTLOCK_PRIVATE_KEY_PARAM     = "/mintlock/app/private-key-pem"
      MINTLOCK_REPOSITORY_OWNER      = "acme"
      MINTLOCK_REPOSITORY_NAME       = "widgets"
      MINTLOCK_PERMISSIONS           = "{\"contents\":\"read\"}"
      MINTLOCK_LOG_LEVEL             = "info"
      GITHUB_API_URL                 = "https://api.github.com"
    })
    error_message = "The environment is another."
  }

  assert {
    condition     = aws_lambda_function.broker.runtime == "nodejs22.x" && aws_lambda_function.broker.handler == "index.handler" && aws_lambda_function.broker.architectures == tolist(["arm64"])
    error_message = "Another runtime, handler or architecture."
  }

  assert {
    condition     = aws_cloudwatch_log_group.broker.name == "/aws/lambda/mintlock-broker" && aws_cloudwatch_log_group.broker.retention_in_days == 30
    error_message = "The log group is not the one that AWS gives a function of this name."
  }

  assert {
    condition = (
      output.function_name == "mintlock-broker" && output.role_name == "mintlock-broker" && output.log_group_name == "/aws/lambda/mintlock-broker" &&
      output.function_arn == aws_lambda_function.broker.arn && output.function_invoke_arn == aws_lambda_function.broker.invoke_arn && output.role_arn == aws_iam_role.broker.arn
    )
    error_message = "An output is another thing than it says."
  }
}

run "signs_with_kms" {
  command = plan

  variables {
    kms_key_arn   = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000abcd"
    kms_key_usage = "sign"
  }

  assert {
    condition     = aws_lambda_function.broker.environment[0].variables["MINTLOCK_KMS_KEY_ID"] == var.kms_key_arn
    error_message = "The function does not know the key."
  }

  assert {
    condition     = !can(aws_lambda_function.broker.environment[0].variables["MINTLOCK_PRIVATE_KEY_PARAM"])
    error_message = "The function would read a private key that it may not read."
  }
}

run "decrypts_with_kms" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000abcd"
  }

  assert {
    condition     = !can(aws_lambda_function.broker.environment[0].variables["MINTLOCK_KMS_KEY_ID"])
    error_message = "The function would sign with a key that decrypts."
  }
}

run "accepts_all_that_is_well_formed" {
  command = plan

  variables {
    function_name    = "tokens_For-widgets"
    repository_owner = "Acme-corp_emu"
    repository_name  = ".github"
    permissions      = { contents = "write", pull_requests = "read", administration = "admin" }
    ssm_parameter_paths = {
      client_id       = "/a"
      installation_id = "/a/b.c_d-E"
      private_key     = "/a/aws/c/ssm/e"
    }
    github_api_base_url = "https://ghes.example:8443/api/v3"
    log_level           = "debug"
    architecture        = "x86_64"
    memory_size         = 10240
    timeout             = 900
    log_retention_days  = 3653
    tags                = { "cost:centre" = "Ünter den Linden 1", team = "" }
  }

  assert {
    condition     = aws_lambda_function.broker.environment[0].variables["MINTLOCK_PERMISSIONS"] == "{\"administration\":\"admin\",\"contents\":\"write\",\"pull_requests\":\"read\"}"
    error_message = "Other permissions."
  }

  assert {
    condition     = aws_lambda_function.broker.environment[0].variables["GITHUB_API_URL"] == "https://ghes.example:8443/api/v3"
    error_message = "Another API."
  }

  assert {
    condition     = aws_lambda_function.broker.tags == var.tags && aws_iam_role.broker.tags == var.tags && aws_cloudwatch_log_group.broker.tags == var.tags
    error_message = "Something lacks the tags."
  }

  assert {
    condition     = aws_lambda_function.broker.memory_size == 10240 && aws_lambda_function.broker.timeout == 900 && aws_lambda_function.broker.architectures == tolist(["x86_64"]) && aws_cloudwatch_log_group.broker.retention_in_days == 3653
    error_message = "Another size, time or architecture."
  }
}

run "accepts_the_least" {
  command = plan

  variables {
    function_name      = "a"
    repository_owner   = "a"
    repository_name    = "a."
    memory_size        = 128
    timeout            = 5
    log_retention_days = 1
  }
}

run "takes_a_key_of_the_european_sovereign_cloud" {
  command = plan

  variables {
    kms_key_arn   = "arn:aws-eusc:kms:eusc-de-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000abcd"
    kms_key_usage = "sign"
  }

  assert {
    condition     = aws_lambda_function.broker.environment[0].variables["MINTLOCK_KMS_KEY_ID"] == var.kms_key_arn
    error_message = "The key is not the one that was given."
  }
}
