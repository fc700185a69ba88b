"""What ``avhclient -b aws`` needs, looked for before it is started: it would find out after minutes."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emojicam.errors import EmojicamError

#: Of an instance that is to be made: its environment variable, and its key under ``backend: aws:``.
_INSTANCE = {
    "AWS_IAM_PROFILE": "iam-profile",
    "AWS_SECURITY_GROUP_ID": "security-group-id",
    "AWS_SUBNET_ID": "subnet-id",
}


def check_aws(spec: Mapping[str, Any], environment: Mapping[str, str] | None = None) -> None:
    """Whether all is there that Arm Virtual Hardware on AWS asks for. Nothing is sent anywhere.

    Raises:
        EmojicamError: something is missing; all of it is named.
    """
    found = os.environ if environment is None else environment
    given = {str(key).replace("_", "-"): value for key, value in spec.get("backend", {}).get("aws", {}).items()}
    missing = []
    if not _has_credentials(found):
        missing += [name for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY") if not found.get(name)]
    if not (found.get("AWS_DEFAULT_REGION") or given.get("default-region")):
        missing.append("AWS_DEFAULT_REGION")
    if not (found.get("AWS_S3_BUCKET_NAME") or given.get("s3-bucket-name")):
        missing.append("AWS_S3_BUCKET_NAME")
    if not any(found.get(f"AWS_INSTANCE_{key}") or given.get(f"instance-{key.lower()}") for key in ("ID", "NAME")):
        missing += [name for name, key in _INSTANCE.items() if not (found.get(name) or given.get(key))]
    if missing:
        raise EmojicamError(
            f"Arm Virtual Hardware on AWS needs {', '.join(missing)}",
            "these environment variables (docs/avh.md), or --backend local",
        )


def _has_credentials(environment: Mapping[str, str]) -> bool:
    if environment.get("AWS_ACCESS_KEY_ID") and environment.get("AWS_SECRET_ACCESS_KEY"):
        return True
    if environment.get("AWS_WEB_IDENTITY_TOKEN_FILE") and environment.get("AWS_ROLE_ARN"):
        return True
    # A profile is looked up by boto3 itself; here it only has to be named or to have its file.
    if environment.get("AWS_PROFILE"):
        return True
    shared = environment.get("AWS_SHARED_CREDENTIALS_FILE")
    home = environment.get("HOME")
    path = Path(shared) if shared else Path(home) / ".aws" / "credentials" if home else None
    return path is not None and path.is_file()
