"""Google's side of push authentication: a key, its key set, and a token."""

import base64
import http.server
import json
import subprocess
import threading
import time

ISSUER = "https://accounts.google.com"


def encode(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def openssl(*arguments, data=None):
    done = subprocess.run(
        ["openssl", *arguments], input=data, capture_output=True, check=True, timeout=60
    )
    return done.stdout


class Google:
    """Signs by a key of its own and serves the key set on the loopback interface."""

    def __init__(self, folder):
        self.key = f"{folder}/key.pem"
        openssl("genrsa", "-out", self.key, "2048")
        modulus = openssl("rsa", "-in", self.key, "-noout", "-modulus").decode()
        n = bytes.fromhex(modulus.strip().partition("=")[2])
        public = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "k1"}
        keys = {"keys": [public | {"n": encode(n), "e": encode(b"\1\0\1")}]}
        answer = json.dumps(keys).encode()

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Cache-Control", "public, max-age=3600")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_port}/certs"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self, audience, account):
        """An identity token as a push request carries it."""
        now = int(time.time())
        header = {"alg": "RS256", "kid": "k1", "typ": "JWT"}
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "azp": "112233445566778899001",
            "sub": "112233445566778899001",
            "email": account,
            "email_verified": True,
            "iat": now,
            "exp": now + 3600,
        }
        message = ".".join(encode(json.dumps(part).encode()) for part in (header, claims))
        signature = openssl("dgst", "-sha256", "-sign", self.key, data=message.encode())
        return f"{message}.{encode(signature)}"
