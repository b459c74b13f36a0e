//! A [`Request`] as HTTP: its path, query and body, encoded.

use crate::{Body, Endpoints, Request, method::lookup, transport::ResponseTimeout};
use bytes::Bytes;
use http::{
    Method as Verb,
    header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE},
};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');
const SEGMENTS: &AsciiSet = &SEGMENT.remove(b'/').remove(b'(').remove(b')').remove(b'@');

impl Request {
    /// The path with its parameters filled in, percent-encoded.
    ///
    /// # Panics
    /// If a path parameter was not set. The functions of [`crate::methods`]
    /// set them all, and the contract test calls each.
    #[must_use]
    pub fn filled_path(&self) -> String {
        let mut out = String::new();
        let mut rest = self.method().path;
        while let Some(open) = rest.find('{') {
            let close = rest.find('}').expect("templates are closed");
            let name = &rest[open + 1..close];
            out.push_str(&rest[..open]);
            let (name, set) = match name.strip_prefix('+') {
                Some(name) => (name, SEGMENTS),
                None => (name, SEGMENT),
            };
            let value = lookup(&self.path, name)
                .unwrap_or_else(|| panic!("{}: {{{name}}} is not set", self.method().id));
            out.extend(utf8_percent_encode(value, set));
            rest = &rest[close + 1..];
        }
        out.push_str(rest);
        out
    }

    /// The HTTP request, without credentials.
    ///
    /// # Errors
    /// The endpoint and the path do not form a valid URI.
    pub fn to_http(&self, endpoints: &Endpoints) -> Result<http::Request<Bytes>, http::Error> {
        let mut uri = endpoints.base(self.method().id);
        uri.push_str(&self.filled_path());
        if !self.query.is_empty() {
            let mut query = form_urlencoded::Serializer::new(String::new());
            uri.push('?');
            uri.push_str(&query.extend_pairs(&self.query).finish());
        }
        let mut request = http::Request::builder()
            .method(self.method().verb.clone())
            .uri(uri)
            .header(ACCEPT, "application/json");
        if let Some(timeout) = self.timeout {
            request = request.extension(ResponseTimeout(timeout));
        }
        match self.body() {
            // Google's frontend rejects a POST without Content-Length.
            Body::Empty if self.method().verb == Verb::POST => {
                request.header(CONTENT_LENGTH, 0).body(Bytes::new())
            }
            Body::Empty => request.body(Bytes::new()),
            Body::Json(value) => request
                .header(CONTENT_TYPE, "application/json")
                .body(Bytes::from(value.to_string())),
            Body::Media(content_type, bytes) => request
                .header(CONTENT_TYPE, *content_type)
                .body(bytes.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Idempotency, Method, ResponseKind};

    const fn method(path: &'static str) -> Method {
        Method {
            id: "storage.objects.get",
            verb: Verb::GET,
            path,
            query: &["alt"],
            request_fields: &[],
            response_fields: &[],
            idempotency: Idempotency::If(|r| r.query_value("alt").is_some()),
            response: ResponseKind::Media,
            needs: &[],
            requires: |_| Vec::new(),
        }
    }
    static OBJECT: Method = method("/storage/v1/b/{bucket}/o/{object}");
    static TOPIC: Method = method("/v1/{+topic}:publish");

    #[test]
    fn parameters_are_percent_encoded() {
        let uri = |request: Request| {
            let http = request.to_http(&Endpoints::local("http://127.0.0.1:1/"));
            http.expect("a request").uri().to_string()
        };
        let object = |name| {
            Request::new(&OBJECT)
                .path("bucket", "b")
                .path("object", name)
        };
        for (name, path) in [
            ("a/b c", "a%2Fb%20c"),
            ("../../o", "..%2F..%2Fo"),
            ("x?y=1#z&%", "x%3Fy%3D1%23z%26%25"),
            ("ü~-_.", "%C3%BC~-_."),
        ] {
            let expected = format!("http://127.0.0.1:1/storage/v1/b/b/o/{path}");
            assert_eq!(uri(object(name)), expected);
        }
        let topic = Request::new(&TOPIC).path("topic", "projects/p p/topics/t?x");
        assert_eq!(
            uri(topic),
            "http://127.0.0.1:1/v1/projects/p%20p/topics/t%3Fx:publish"
        );
        assert_eq!(
            uri(object("o").query("prefix", "a&b=c d").query("alt", "media")),
            "http://127.0.0.1:1/storage/v1/b/b/o/o?prefix=a%26b%3Dc+d&alt=media"
        );
    }

    #[test]
    fn idempotency_may_depend_on_the_request() {
        let object = Request::new(&OBJECT);
        assert!(!object.is_idempotent());
        assert!(object.query("alt", "media").is_idempotent());
    }
}
