locals {
  signs_with_kms = var.kms_key_usage == "sign"

  environment = merge(
    {
      MINTLOCK_CLIENT_ID_PARAM       = var.ssm_parameter_paths.client_id
      MINTLOCK_INSTALLATION_ID_PARAM = var.ssm_parameter_paths.installation_id
      MINTLOCK_REPOSITORY_OWNER      = var.repository_owner
      MINTLOCK_REPOSITORY_NAME       = var.repository_name
      MINTLOCK_PERMISSIONS           = jsonencode(var.permissions)
      MINTLOCK_LOG_LEVEL             = var.log_level
      GITHUB_API_URL                 = var.github_api_base_url
    },
    local.signs_with_kms ? { MINTLOCK_KMS_KEY_ID = var.kms_key_arn } : { MINTLOCK_PRIVATE_KEY_PARAM = var.ssm_parameter_paths.private_key },
  )
}

resource "aws_lambda_function" "broker" {
  function_name = var.function_name
  description   = "Hands its invoker an installation access token for ${var.repository_owner}/${var.repository_name}."
  role          = aws_iam_role.broker.arn
  runtime       = "nodejs22.x"
  handler       = "index.handler"
  architectures = [var.architecture]
  memory_size   = var.memory_size
  timeout       = var.timeout
  tags          = var.tags

  filename          = local.zip
  s3_bucket         = try(local.s3_object.bucket, null)
  s3_key            = try(local.s3_object.key, null)
  s3_object_version = local.s3_version_id
  source_code_hash  = local.code_hash

  environment {
    variables = local.environment
  }

  lifecycle {
    precondition {
      condition     = local.release == null ? true : try(fileexists(local.zip) && fileexists("${local.release_folder}/checksums.txt"), false)
      error_message = "The folder ${coalesce(local.release_folder, "-")} lacks mintlock-lambda.zip or checksums.txt. Download both files of that release into it."
    }

    # Where there is no zip, the condition above has failed.
    precondition {
      condition     = local.release == null ? true : try(filesha256(local.zip) == local.published_sha256, true)
      error_message = "mintlock-lambda.zip in ${coalesce(local.release_folder, "-")} is not what checksums.txt beside it says. Download both files of that release again."
    }

    precondition {
      condition     = local.s3_object == null ? true : can(regex("^[A-Za-z0-9+/]{43}=$", local.code_hash))
      error_message = "The S3 object has no SHA-256 checksum of its whole content. Upload it with aws s3api put-object --checksum-algorithm SHA256."
    }
  }

  # Not before it may read what it needs and has where to write.
  depends_on = [aws_iam_role_policy.broker, aws_cloudwatch_log_group.broker]
}
