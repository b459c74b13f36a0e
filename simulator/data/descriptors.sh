#!/usr/bin/env bash
# Writes simulator/data/descriptors.binpb: names, types and numbers of the fields
# of Google's messages, its gRPC methods, and their HTTP rules; no comments. Made
# on 2026-11-29 from google-proto-files 5.0.3 (npm, Apache-2.0) with grpcio-tools
# (PyPI). It needs both registries, so no test asks whether the file is fresh.
set -euo pipefail
cd "$(dirname "$0")"

services=(
    google/api/serviceusage/v1/serviceusage
    google/cloud/billing/v1/cloud_billing
    google/cloud/kms/v1/service
    google/cloud/location/locations
    google/cloud/orgpolicy/v2/orgpolicy
    google/cloud/resourcemanager/v3/folders
    google/cloud/resourcemanager/v3/projects
    google/cloud/run/v2/revision
    google/cloud/run/v2/service
    google/cloud/scheduler/v1/cloudscheduler
    google/cloud/secretmanager/v1/service
    google/devtools/artifactregistry/v1/service
    google/firestore/admin/v1/firestore_admin
    google/firestore/v1/firestore
    google/iam/admin/v1/iam
    google/iam/credentials/v1/iamcredentials
    google/iam/v1/iam_policy
    google/logging/v2/logging_config
    google/longrunning/operations
    google/pubsub/v1/pubsub
    google/pubsub/v1/schema
    google/rpc/error_details
)

folder=$(mktemp -d)
trap 'rm -r "$folder"' EXIT
(cd "$folder" && npm pack --silent google-proto-files@5.0.3 >/dev/null && tar xzf ./*.tgz)
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" --quiet install grpcio-tools==1.85.1
"$folder/venv/bin/python" -m grpc_tools.protoc --proto_path "$folder/package" --include_imports \
    --descriptor_set_out "$folder/all.binpb" "${services[@]/%/.proto}"
"$folder/venv/bin/python" - "$folder/all.binpb" descriptors.binpb <<'PYTHON'
# Keeps no option but the HTTP rule of a method, which is field 72295728.
import sys
from google.protobuf.descriptor_pb2 import FileDescriptorSet, MethodOptions
from google.protobuf.internal import decoder

HTTP = 72295728

def strip_message(message):
    if not message.options.map_entry:
        message.ClearField("options")
    for field in message.field:
        packed = field.options.packed if field.options.HasField("packed") else None
        field.ClearField("options")
        if packed is not None:
            field.options.packed = packed
    for oneof in message.oneof_decl:
        oneof.ClearField("options")
    for enum in message.enum_type:
        strip_enum(enum)
    for nested in message.nested_type:
        strip_message(nested)

def strip_enum(enum):
    enum.ClearField("options")
    for value in enum.value:
        value.ClearField("options")

def http_rule(options):
    """The bytes of that option."""
    data, kept, at = options.SerializeToString(), b"", 0
    while at < len(data):
        start = at
        tag, at = decoder._DecodeVarint(data, at)
        if tag & 7 == 2:
            size, at = decoder._DecodeVarint(data, at)
            at += size
        elif tag & 7 == 0:
            _, at = decoder._DecodeVarint(data, at)
        else:
            raise ValueError(f"wire type {tag & 7}")
        if tag >> 3 == HTTP:
            kept += data[start:at]
    return kept

files = FileDescriptorSet.FromString(open(sys.argv[1], "rb").read())
for file in files.file:
    file.ClearField("options")
    file.ClearField("source_code_info")
    for message in file.message_type:
        strip_message(message)
    for enum in file.enum_type:
        strip_enum(enum)
    for service in file.service:
        service.ClearField("options")
        for method in service.method:
            rule = http_rule(method.options)
            method.ClearField("options")
            if rule:
                method.options.CopyFrom(MethodOptions.FromString(rule))
open(sys.argv[2], "wb").write(files.SerializeToString(deterministic=True))
PYTHON
