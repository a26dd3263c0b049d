# Where the code comes from. Nothing is downloaded or run on the machine that plans: a release was downloaded by a person or a pipeline, and
# is taken only if it is what its checksums.txt says.

locals {
  release = var.lambda_artifact.release
  release_folder = local.release == null ? null : coalesce(
    local.release.folder, "${path.root}/.mintlock/v${local.release.version}"
  )
  # A line of sha256sum. Two lines for the same file are no answer.
  published_sha256 = local.release == null ? null : try(
    one(regexall("(?m)^([0-9a-f]{64}) [ *]mintlock-lambda\\.zip\\r?$", file("${local.release_folder}/checksums.txt")))[0], null
  )

  zip       = local.release == null ? var.lambda_artifact.local_zip : "${local.release_folder}/mintlock-lambda.zip"
  s3_object = var.lambda_artifact.s3_object

  # AWS's notation, and that of source_code_hash: base64 of the SHA-256.
  code_hash = local.zip == null ? one(data.aws_s3_object.artifact[*].checksum_sha256) : try(filebase64sha256(local.zip), null)

  # On a bucket without versions S3 says "null" or nothing.
  s3_version_id = try(data.aws_s3_object.artifact[0].version_id == "null" ? null : coalesce(data.aws_s3_object.artifact[0].version_id), null)

  deployed_version = local.release == null ? "sha256:${coalesce(local.code_hash, "unknown")}" : local.release.version
}

# Read, so that new bytes under an old key are an update, and so that exactly the version whose checksum was read is deployed.
data "aws_s3_object" "artifact" {
  count = local.s3_object == null ? 0 : 1

  bucket        = local.s3_object.bucket
  key           = local.s3_object.key
  version_id    = local.s3_object.version_id
  checksum_mode = "ENABLED"
}
