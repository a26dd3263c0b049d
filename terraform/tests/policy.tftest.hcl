# The policies, to the letter. The golden files are what a reviewer reads.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  lambda_artifact  = { local_zip = "./tests/fixtures/first.zip" }
  repository_owner = "acme"
  repository_name  = "widgets"
}

run "with_parameters_under_the_key_of_aws" {
  command = plan

  assert {
    condition     = jsondecode(aws_iam_role_policy.broker.policy) == jsondecode(file("./tests/golden/policy.json"))
    error_message = "The policy is not tests/golden/policy.json."
  }

  assert {
    condition     = jsondecode(aws_iam_role.broker.assume_role_policy) == jsondecode(file("./tests/golden/trust.json"))
    error_message = "The trust policy is not tests/golden/trust.json."
  }
}

run "with_parameters_under_a_key_of_ones_own" {
  command = plan

  variables {
    kms_key_arn = "arn:aws:kms:eu-west-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000abcd"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.broker.policy) == jsondecode(file("./tests/golden/policy-decrypt.json"))
    error_message = "The policy is not tests/golden/policy-decrypt.json."
  }
}

run "with_a_key_that_signs" {
  command = plan

  variables {
    kms_key_arn   = "arn:aws:kms:eu-west-1:123456789012:key/mrk-0a1b2c3d00004000800000000000abcd"
    kms_key_usage = "sign"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.broker.policy) == jsondecode(file("./tests/golden/policy-sign.json"))
    error_message = "The policy is not tests/golden/policy-sign.json."
  }
}

run "in_another_partition_with_other_names" {
  command = plan

  variables {
    function_name = "tokens_For-widgets"
    ssm_parameter_paths = {
      client_id       = "/a/b.c"
      installation_id = "/a/b-c"
      private_key     = "/x_1/K.pem"
    }
  }

  override_data {
    target = data.aws_partition.current
    values = { partition = "aws-us-gov" }
  }

  override_data {
    target = data.aws_region.current
    values = { id = "us-gov-west-1" }
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.broker.policy) == jsondecode(file("./tests/golden/policy-elsewhere.json"))
    error_message = "The policy is not tests/golden/policy-elsewhere.json."
  }
}

run "of_the_queue_example" {
  command = plan

  module {
    source = "./examples/queue"
  }

  variables {
    local_zip = "./tests/fixtures/first.zip"
    app_id    = "Iv23liExample00000001"
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.worker.policy) == jsondecode(file("./tests/golden/policy-queue.json"))
    error_message = "The policy is not tests/golden/policy-queue.json."
  }

  assert {
    condition     = jsondecode(aws_iam_role.worker.assume_role_policy) == jsondecode(file("./tests/golden/trust.json"))
    error_message = "The trust policy is not tests/golden/trust.json."
  }
}
