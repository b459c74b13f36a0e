"""What `hello` does, on functions-framework: without authentication or a log."""

import base64
import json


def hello(data, context):
    json.loads(base64.b64decode(data["data"]))["name"]
